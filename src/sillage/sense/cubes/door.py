"""Which format is a cube in?  The content decides, then what lies beside it, then its name.

Every reader of the group `sillage.cubes` is asked in turn whether a file is its own: those of
other packages first, since they know one product better than ours know a family of formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sillage import registry
from sillage.errors import ReadError
from sillage.records.cube import Cube
from sillage.sense.cubes.hints import HEAD_BYTES, CubeReader, Hints

_OURS = ("matlab", "hdf5", "netcdf3", "geotiff", "envi")
"""In the order in which they are asked: raw numbers with a header beside them last."""
UNDERSTOOD = (
    "ENVI (header beside the numbers), EMIT and AVIRIS-3 netCDF, other HDF5 and netCDF, GeoTIFF "
    "and MATLAB"
)


def open_cube(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002  # the word of the survey file for it
    wavelengths: str | Path | Sequence[float] | NDArray[np.float64] | None = None,
    variable: str | None = None,
    unit: str | None = None,
    whole_lines: bool = False,
    negative: Literal["mask", "keep"] = "mask",
) -> Cube:
    """A radiance cube in a file of any format that is understood; nothing of it is read yet.

    Parameters
    ----------
    path
        The file: of ENVI the header or the numbers.
    format
        Name of the reader, where the file is not recognised as what it is.
    wavelengths
        Band centres, or a table of them, in place of what the file says.
    variable
        Name of the radiance in a file that holds several arrays.
    unit
        Unit of the radiance where the file does not say it: `uW cm-2 sr-1 nm-1`,
        `W m-2 sr-1 um-1` ..., or `counts` for numbers in proportion to it.
    whole_lines
        Open the whole lines of a file that was cut short.
    negative
        What becomes of radiance below 0: `mask` makes it NaN, `keep` leaves it (noise in bands
        without light is negative half of the time).

    Raises
    ------
    ReadError
        It cannot be opened, is of no format that is understood, or is wrong; says what to do.
    UnknownName
        There is no reader called `format`.
    """
    file = Path(path)
    hints = Hints(str(path), wavelengths, variable, unit, whole_lines, negative)
    head = _head(file, hints.name)
    if format is not None:
        reader: CubeReader = registry.find("cubes", format)
        cube = reader(file, head, hints)
        if cube is None:
            raise ReadError(hints.name, f"is no file that '{format}' reads; leave format out")
        return cube
    points = registry.installed("cubes")
    others = sorted(set(points) - set(_OURS))
    for name in (*others, *(one for one in _OURS if one in points)):
        reader = registry.load("cubes", points[name])
        cube = reader(file, head, hints)
        if cube is not None:
            return cube
    raise ReadError(
        hints.name,
        f"is of no format that is understood; understood are {UNDERSTOOD}. Numbers without a "
        "header need an ENVI header (.hdr) beside them",
    )


def _head(path: Path, name: str) -> bytes:
    try:
        if path.is_dir():
            raise ReadError(name, "is a directory; name the file in it that holds the radiance")
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise ReadError(name, f"cannot be opened: {error.strerror or error}") from None
    if not head:
        raise ReadError(name, "is empty (0 bytes); copy it again")
    return head
