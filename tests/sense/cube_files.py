"""Cubes written as users bring them: one radiance, in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LINES, SAMPLES, BANDS = 6, 5, 4
CENTRES_NM = np.array([2100.0, 2200.0, 2300.0, 2400.0])
UNIT = "W m-2 sr-1 um-1"
ENVI_TYPES = {
    "u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12, "u4": 13, "i8": 14, "u8": 15,
}  # fmt: skip
AXES = {"bsq": (2, 0, 1), "bil": (0, 2, 1), "bip": (0, 1, 2)}


def radiance(
    lines: int = LINES, samples: int = SAMPLES, bands: int = BANDS, seed: int = 1
) -> NDArray[np.float32]:
    """Numbers that every format can hold: whole, from 2 to 120."""
    numbers = np.random.default_rng(seed).integers(2, 121, (lines, samples, bands))
    return numbers.astype(np.float32)


def envi_fields(cube: NDArray[Any], interleave: str, order: int) -> dict[str, Any]:
    lines, samples, bands = cube.shape
    centres = CENTRES_NM if bands == BANDS else np.linspace(2000.0, 2500.0, bands)
    return {
        "samples": samples,
        "lines": lines,
        "bands": bands,
        "header offset": 0,
        "file type": "ENVI Standard",
        "data type": ENVI_TYPES[cube.dtype.newbyteorder("=").str[1:]],
        "interleave": interleave,
        "byte order": order,
        "wavelength units": "Nanometers",
        "wavelength": "{" + ", ".join(map(str, centres)) + "}",
        "data units": UNIT,
    }


def header_text(fields: dict[str, Any]) -> str:
    kept = {key: value for key, value in fields.items() if value is not None}
    return "ENVI\n" + "".join(f"{key} = {value}\n" for key, value in kept.items())


def write_envi(
    folder: Path,
    cube: NDArray[Any],
    *,
    interleave: str = "bil",
    order: int = 0,
    name: str = "scene.img",
    **changes: Any,
) -> Path:
    """Header and numbers; `changes` replace fields (None leaves one out). The header's path."""
    fields = envi_fields(cube, interleave, order)
    fields |= {key.replace("_", " "): value for key, value in changes.items()}
    header = (folder / name).with_suffix(".hdr")
    header.write_text(header_text(fields), "utf-8")
    offset = int(fields["header offset"] or 0)
    laid = np.ascontiguousarray(cube.transpose(AXES[interleave]))
    raw = laid.astype(laid.dtype.newbyteorder("<>"[order])).tobytes()
    (folder / name).write_bytes(b"\xaa" * offset + raw)
    return header
