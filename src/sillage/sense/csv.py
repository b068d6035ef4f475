"""How is a CSV file read: as pieces of text columns, each row with its own line number.

The file is decoded, cut at line ends and parsed piece by piece, so ten million rows need no more
memory than ten thousand. Blank lines and comments keep their place in the count of lines.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from sillage.errors import ReadError, SettingError
from sillage.sense.chunks import BLOCK_BYTES, Chunk, match_columns
from sillage.sense.maps import Layout

DELIMITERS = (",", ";", "\t", "|")
"""What `delimiter = "auto"` chooses from."""
LONGEST_LINE_BYTES = 16 << 20


def read_chunks(path: Path, file: str, wanted: Sequence[str], layout: Layout) -> Iterator[Chunk]:
    """Pieces of the wanted columns as text; see `sillage.sense.chunks.Reader`."""
    _see_layout(layout)
    header: list[str] = list(layout.columns)
    places = match_columns(header, wanted, file) if header else []
    delimiter = layout.delimiter
    for first_line, block in _blocks(path, file, layout.encoding):
        lines, body = _content(block, first_line, layout.comment)
        if not header and len(lines):
            line, _, body = body.partition(b"\n")
            text = line.decode()
            delimiter = _delimiter(text, layout.delimiter)
            header = next(csv.reader([text], delimiter=delimiter), [])
            _see_header(header, wanted, text, file)
            places = match_columns(header, wanted, file)
            lines = lines[1:]
        if len(lines):
            if delimiter == "auto":
                delimiter = _delimiter(body.partition(b"\n")[0].decode(), delimiter)
            columns = _parse(body, len(header), places, delimiter, file, lines)
            yield Chunk(lines, dict(zip(wanted, columns, strict=True)))
    if not header:
        raise ReadError(file, "holds no header line, only blank lines or comments")


def _see_layout(layout: Layout) -> None:
    if layout.delimiter != "auto" and (
        len(layout.delimiter) != 1 or layout.delimiter in '"\n\r' or not layout.delimiter.isascii()
    ):
        raise SettingError(
            f"csv.delimiter = {layout.delimiter!r}: give one character, such as ';', or 'auto'"
        )
    if layout.delimiter == layout.decimal == ",":
        raise SettingError(
            "csv.decimal = ',' and csv.delimiter = ',' cannot both hold; set csv.delimiter"
        )
    try:
        codecs.lookup(layout.encoding)
        "".encode(layout.encoding)
    except (LookupError, ValueError):
        raise SettingError(
            f"csv.encoding = '{layout.encoding}' is no text encoding; try 'utf-8' or 'latin-1'"
        ) from None


def _see_header(header: list[str], wanted: Sequence[str], text: str, file: str) -> None:
    """Say so when the header is cut at the wrong character, or is no header at all."""
    if text.startswith("PAR1"):
        raise ReadError(file, "is a Parquet file by its first bytes; set format = 'parquet'")
    if len(header) == 1 and len(wanted) > 1:
        likely = _delimiter(text, "auto")
        if likely in text:
            raise ReadError(
                file,
                f"the header is not cut by the delimiter; set csv.delimiter = {likely!r}",
                row=1,
            )


def _delimiter(header: str, declared: str) -> str:
    if declared != "auto":
        return declared
    counts = Counter({one: header.count(one) for one in DELIMITERS})
    return counts.most_common(1)[0][0]


def _blocks(path: Path, file: str, encoding: str) -> Iterator[tuple[int, bytes]]:
    """Give whole lines as UTF-8 that end in line feeds, and the number of the first of them."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    line, rest, at_start = 1, b"", True
    try:
        with path.open("rb") as stream:
            while raw := stream.read(BLOCK_BYTES):
                text = decoder.decode(raw)
                if at_start and text:
                    text, at_start = text.removeprefix("\ufeff"), False
                head, newline, tail = text.encode().rpartition(b"\n")
                if newline:
                    block = rest + head + newline
                    yield line, block
                    line, rest = line + block.count(b"\n"), tail
                else:
                    rest += tail
                    if len(rest) > LONGEST_LINE_BYTES:
                        raise ReadError(
                            file, "a line has no end in 16 MiB; is this text?", row=line
                        )
            rest += decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise ReadError(
            file,
            f"is not {encoding} text near row {line}: {error}; set csv.encoding, for example "
            "'latin-1' or 'utf-16'",
        ) from None
    except OSError as error:
        raise ReadError(file, f"cannot be read: {error.strerror or error}") from error
    if rest:
        yield line, rest + b"\n"


def _content(block: bytes, first_line: int, comment: str) -> tuple[NDArray[np.int64], bytes]:
    """Lines with something in them, and their numbers."""
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n"))
    lengths = np.diff(ends, prepend=-1)
    lines = first_line + np.arange(len(ends), dtype=np.int64)
    prefix = comment.encode()
    if lengths.min(initial=2) > 1 and (not prefix or prefix not in block):
        return lines, block
    kept = [
        (line, text)
        for line, text in zip(lines.tolist(), block.split(b"\n"), strict=False)
        if text.strip() and not (prefix and text.lstrip().startswith(prefix))
    ]
    numbers = np.array([line for line, _ in kept], dtype=np.int64)
    return numbers, b"".join(text + b"\n" for _, text in kept)


def _parse(
    body: bytes,
    width: int,
    places: list[int],
    delimiter: str,
    file: str,
    lines: NDArray[np.int64],
) -> list[Any]:
    """Columns at `places` as text arrays."""
    wrong: list[Any] = []

    def note(row: Any) -> str:
        wrong.append(row)
        return "error"

    names = [str(i) for i in range(width)]
    kept = [names[place] for place in places]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(body) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, invalid_row_handler=note, ignore_empty_lines=False
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=list(dict.fromkeys(kept)),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        if wrong:
            raise _wrong_width(wrong[0], width, file, lines) from None
        raise ReadError(file, f"cannot be cut into cells near row {lines[0]}: {error}") from None
    if table.num_rows != len(lines):
        raise ReadError(
            file,
            f"a quoted cell runs over the end of its line after row {lines[0]}; "
            "export without line breaks inside cells",
        )
    return [table.column(name).combine_chunks() for name in kept]


def _wrong_width(row: Any, width: int, file: str, lines: NDArray[np.int64]) -> ReadError:
    number = None if row.number is None else int(lines[min(row.number, len(lines)) - 1])
    return ReadError(
        file,
        f"has {row.actual_columns} cells where the header has {width}; "
        "mend the line, or set csv.delimiter or csv.comment",
        row=number,
    )
