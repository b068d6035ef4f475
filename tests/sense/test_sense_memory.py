"""Does a long file stream: is the memory for reading it independent of its length?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROWS = 1_000_000
KEPT_BYTES = ROWS * 7 * 8
"""Seven columns of eight bytes are what the record keeps."""

FILE_PIECES_BYTES = 64 << 20
"""Some pieces of 1 MiB in each stage of reading; the file has 90 MB."""

PROGRAM = """
import resource, sys
from pathlib import Path
from sillage.sense.chunks import open_table
from sillage.sense import ReadingsMap, decode_map, read_readings
table = {
    "file": "long.csv", "gas": "methane", "time": {"column": "time", "unit": "ms"},
    "value": {"column": "ppm", "unit": "ppm"},
    "position": {"frame": "lonlat", "height_above": "ground", "x": "lon", "y": "lat",
                 "height_value": 2.0},
}
mapping, base = decode_map(ReadingsMap, table, "survey.toml"), Path(sys.argv[1])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def read(file):
    import msgspec
    return read_readings(msgspec.structs.replace(mapping, file=file), base)[0]
read("short.csv")
before = peak()
table = open_table("long.csv", None, mapping.csv, base)
for chunk in table.chunks(("time", "lon", "lat", "ppm", "remark"), {}):
    pass
streamed = peak() - before
samples = read("long.csv").samples.sizes["sample"]
print(samples, streamed, peak() - before)
"""


def write_rows(path: Path, count: int) -> None:
    line = "{},5.{:06d},53.{:06d},2.{:03d},an unused cell that is long enough to be noticed\n"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("time,lon,lat,ppm,remark\n")
        stream.writelines(
            line.format(1_700_000_000_000 + i, i % 1000, i % 997, i % 1000) for i in range(count)
        )


def test_a_million_rows_need_little_more_than_the_columns_that_are_kept(tmp_path: Path) -> None:
    write_rows(tmp_path / "short.csv", 1000)
    write_rows(tmp_path / "long.csv", ROWS)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    samples, streamed_bytes, grown_bytes = map(int, done.stdout.split())
    assert samples == ROWS
    assert streamed_bytes < FILE_PIECES_BYTES
    assert grown_bytes < 6 * KEPT_BYTES
