"""How much memory does a cube take that is far larger than it?

A cube of 285 bands filled with noise about a smooth spectrum is written to disk, and the command
line retrieves methane from it in a process of its own. Its anonymous memory and that of its
workers is read off the kernel's books twenty times a second; pages of mapped files are not
counted, for the kernel may take them back.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

BANDS, SAMPLES = 285, 1280
_PIECE = 64  # lines that are written at a time


def measure(gigabytes: float) -> dict[str, Any]:
    """Peak anonymous memory, and seconds, of one retrieval."""
    lines = int(gigabytes * 1e9 / (4 * BANDS * SAMPLES))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        write_noise(folder / "noise.bil", lines)
        began = time.monotonic()
        command = [sys.executable, "-c", "from sillage.console.main import main; main()"]
        command += ["retrieve", str(folder / "noise.hdr"), "--gas", "CH4"]
        # our own command line, in a folder of our own
        running = subprocess.Popen(  # noqa: S603
            [*command, "--out", str(folder / "ch4.nc")], stdout=subprocess.PIPE
        )
        peak = 0
        while running.poll() is None:
            peak = max(peak, anonymous_bytes(running.pid))
            time.sleep(0.05)
        if running.returncode:
            raise SystemExit(f"retrieval ended with {running.returncode}")
        return {
            "gigabytes": round((folder / "noise.bil").stat().st_size / 1e9, 2),
            "lines": lines,
            "peak_anonymous_MiB": round(peak / 2**20, 1),
            "wall_s": round(time.monotonic() - began, 1),
        }


def write_noise(path: Path, lines: int) -> None:
    """An ENVI cube, line by band by sample, of W m-2 sr-1 um-1."""
    rng = np.random.default_rng(0)
    nm = np.linspace(381.0, 2493.0, BANDS)
    spectrum = (60.0 * np.exp(-(((nm - 500.0) / 900.0) ** 2)) + 2.0).astype(np.float32)
    with path.open("wb") as file:
        for start in range(0, lines, _PIECE):
            shape = (min(_PIECE, lines - start), BANDS, SAMPLES)
            noise = rng.standard_normal(shape, dtype=np.float32)
            file.write((spectrum[:, None] * (1.0 + 0.02 * noise)).tobytes())
    path.with_suffix(".hdr").write_text(
        f"ENVI\nsamples = {SAMPLES}\nlines = {lines}\nbands = {BANDS}\nheader offset = 0\n"
        "file type = ENVI Standard\ndata type = 4\ninterleave = bil\nbyte order = 0\n"
        "wavelength units = Nanometers\n"
        f"wavelength = {{{', '.join(f'{one:.2f}' for one in nm)}}}\n"
        f"fwhm = {{{', '.join(['8.5'] * BANDS)}}}\n"
        "data units = W/m^2/sr/um\n",
        encoding="utf-8",
    )


def anonymous_bytes(pid: int) -> int:
    """Anonymous memory of a process and of all that it started."""
    total = 0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text("utf-8")
            children = Path(f"/proc/{one}/task/{one}/children").read_text("utf-8")
        except OSError:
            continue
        waiting += [int(child) for child in children.split()]
        for line in status.splitlines():
            if line.startswith("RssAnon:"):
                total += 1024 * int(line.split()[1])
    return total
