"""What can be asked of a radiance cube from the shell: the columns of a gas, as a file.

The file is a netCDF with column, one-sigma error and sensitivity of every pixel, where it lies, and
what shaped the answer. A quick look is a PNG of the column; on a map's grid, a cloud-optimised
GeoTIFF.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from jaxtyping import Float, UInt8
from numpy import ndarray

import sillage
from sillage.atomic import whole_file
from sillage.errors import SettingError
from sillage.records.cube import Cube, Geolocation
from sillage.records.provenance import Masked
from sillage.retrieve.run import METHOD, Retrieved, retrieve
from sillage.retrieve.settings import Settings
from sillage.retrieve.work import Executor, Here, Processes
from sillage.sense.cubes import open_cube
from sillage.watch.typed import typed_settings

if TYPE_CHECKING:
    import xarray

__all__ = ["METHOD", "Asked", "Told", "asked_of", "columns", "opened", "retrieved", "retrieved_in"]

_SMALL = 4_000_000  # pixels by bands below which a pool of processes costs more than it saves
_CHROMA = np.array(
    [[0, 0, 4], [51, 16, 103], [137, 34, 106], [212, 72, 66], [251, 155, 6], [252, 255, 164]]
)
"""Six colours of the inferno map, dark to bright."""


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file does not say of itself, and how the work is done."""

    format: str | None = None
    """Name of the reader, where the file is not recognised as what it is."""
    wavelengths: str | None = None
    """Table of band centres, where the file has none."""
    variable: str | None = None
    """Array that holds the radiance."""
    unit: str | None = None
    """Of the radiance, such as `uW cm-2 sr-1 nm-1`, or `counts`."""
    whole_lines: bool = False
    """Use the whole lines of a file that was cut short."""
    workers: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Processes; one a core, or none beside this one for a small cube."""
    scratch: str | None = None
    """Folder for what is half done; a retrieval that broke off goes on from it."""


class Asked(NamedTuple):
    """A question to a cube."""

    cube: Path
    gas: str
    out: Path
    method: str = METHOD
    preview: Path | None = None
    reading: Reading = Reading()
    settings: Settings = Settings()


def asked_of(
    cube: Path,
    gas: str,
    out: Path,
    *,
    method: str = METHOD,
    preview: Path | None = None,
    given: Sequence[str] = (),
) -> Asked:
    """A question from what was typed; `given` are settings as `key=value`.

    Raises
    ------
    SettingError
        A setting is not known, or its value is wrong; names it.
    """
    groups: dict[type[msgspec.Struct], frozenset[str]]
    groups = {Reading: frozenset(), Settings: frozenset({"masks"})}
    told = typed_settings(given, groups, "2110-2450")
    reading, settings = Reading(**told[Reading]), Settings(**told[Settings])
    return Asked(cube, gas, out, method, preview, reading, settings)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, in numbers."""

    gas: str
    method: str
    group: str
    lines: int
    samples: int
    bands: int
    wavelengths_nm: tuple[float, float]
    clear_share: float
    noise_ppm_m: float
    """Median one-sigma error of a pixel."""
    together_noise_ppm_m: float
    """The same over neighbours."""
    highest_sigma: float
    """Largest column over neighbours, in its own error."""
    highest_ppm_m: float
    """That column."""
    highest_at: tuple[int, int]
    """Its line and sample."""
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]


def columns(asked: Asked, tell: Callable[[str], None] = lambda _: None) -> Told:
    """Retrieve a gas from a cube into a netCDF file, which appears whole or not at all.

    Raises
    ------
    InputError
        The cube, the gas or a setting is wrong.
    NotEnoughInformation
        The instrument does not see the gas, or no pixel has a background.
    """
    look = asked.preview
    if look is not None and look.suffix.lower() not in {".png", ".tif", ".tiff"}:
        raise SettingError(f"{look}: a quick look is a .png, or a .tif with the columns in it")
    with whole_file(asked.out) as half_done:
        cube, found = retrieved(asked, half_done.parent, tell)
        tell("writing")
        _dataset(cube, found, asked).to_netcdf(half_done, engine="h5netcdf")
    if look is not None:
        _draw(cube, found, look)
    return _told(cube, found)


def retrieved(
    asked: Asked, beside: Path, tell: Callable[[str], None] = lambda _: None
) -> tuple[Cube, Retrieved]:
    """Open a cube and retrieve the gas in it; what is half done lies in a folder.

    Parameters
    ----------
    asked
        The question; its output is not written.
    beside
        Folder for what is half done, where the user named none.
    tell
        Told what happens.
    """
    cube = opened(asked.cube, asked.reading)
    return cube, retrieved_in(cube, asked, beside, tell)


def opened(path: Path, reading: Reading, *, negative: Literal["mask", "keep"] = "keep") -> Cube:
    """A cube, with what its file does not say, and what becomes of radiance below 0."""
    return open_cube(
        path,
        format=reading.format,
        wavelengths=reading.wavelengths,
        variable=reading.variable,
        unit=reading.unit,
        whole_lines=reading.whole_lines,
        negative=negative,
    )


def retrieved_in(
    cube: Cube, asked: Asked, beside: Path | None, tell: Callable[[str], None] = lambda _: None
) -> Retrieved:
    """Retrieve a gas in a cube that is open; see `retrieved`."""
    with _scratch(asked.reading, beside) as folder:
        return retrieve(
            cube,
            asked.gas,
            folder,
            method=asked.method,
            settings=asked.settings,
            executor=_executor(cube, asked.reading.workers),
            tell=tell,
        )


@contextmanager
def _scratch(reading: Reading, beside: Path | None) -> Iterator[Path]:
    """The folder that the user named, which stays; or a hidden one, which does not."""
    if reading.scratch is not None:
        kept = Path(reading.scratch)
        kept.mkdir(exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix=".retrieve.", dir=beside) as folder:
        yield Path(folder)


def _executor(cube: Cube, workers: int | None) -> Executor:
    size = cube.lines * cube.samples * len(cube.wavelength_nm)
    if workers == 1 or (workers is None and size < _SMALL):
        return Here()
    return Processes(workers)


def _dataset(cube: Cube, found: Retrieved, asked: Asked) -> xarray.Dataset:
    import xarray

    dims = ("line", "sample")
    values = {
        "column_ppm_m": (found.column_ppm_m, "ppm m", f"column of {found.target.gas}"),
        "std_ppm_m": (found.std_ppm_m, "ppm m", "one-sigma error of the column"),
        "together_ppm_m": (
            found.together.column_ppm_m.astype(np.float32),
            "ppm m",
            "column over neighbours, for the sensitivity of each",
        ),
        "together_std_ppm_m": (
            found.together.std_ppm_m.astype(np.float32),
            "ppm m",
            "one-sigma error of the column over neighbours",
        ),
        "sensitivity": (found.sensitivity, "1", "column retrieved for each ppm m that is there"),
    }
    place = cube.geolocation(0, cube.lines)
    if place is not None:
        values["lon"] = (place.lon_deg, "degrees_east", "longitude of the pixel's centre")
        values["lat"] = (place.lat_deg, "degrees_north", "latitude of the pixel's centre")
    variables = {
        name: (dims, array, {"units": unit, "long_name": name_in_words})
        for name, (array, unit, name_in_words) in values.items()
    }
    about = {
        "Conventions": "CF-1.11",
        "title": f"{found.target.gas} above background",
        "source": str(asked.cube),
        "gas": found.target.gas,
        "method": found.method,
        "settings": msgspec.json.encode(found.settings).decode(),
        "air_mass": found.target.air_mass,
        "wavelengths_nm": found.target.wavelength_nm,
        "unit_absorption_per_ppm_m": found.target.unit_absorption,
        "masked": msgspec.json.encode(found.masked).decode(),
        "assumptions": "\n".join(found.assumptions),
        "history": f"sillage {sillage.__version__} retrieve",
    }
    return xarray.Dataset(variables, attrs=about)


def _told(cube: Cube, found: Retrieved) -> Told:
    column = found.together.column_ppm_m
    score = np.where(np.isfinite(column), found.together.sigmas, -np.inf)
    line, sample = np.unravel_index(int(np.argmax(score)), score.shape)
    nm = found.target.wavelength_nm
    return Told(
        gas=found.target.gas,
        method=found.method,
        group=found.settings.group,
        lines=cube.lines,
        samples=cube.samples,
        bands=nm.size,
        wavelengths_nm=(float(nm[0]), float(nm[-1])),
        clear_share=float(np.isfinite(found.column_ppm_m).mean()),
        noise_ppm_m=float(np.nanmedian(found.std_ppm_m)),
        together_noise_ppm_m=float(np.nanmedian(found.together.std_ppm_m)),
        highest_sigma=float(score[line, sample]),
        highest_ppm_m=float(column[line, sample]),
        highest_at=(int(line), int(sample)),
        masked=found.masked,
        assumptions=found.assumptions,
    )


def _draw(cube: Cube, found: Retrieved, path: Path) -> None:
    """A picture of the column: from nought to ten sigma, dark to bright; clear where masked."""
    import warnings

    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    suffix = path.suffix.lower()
    column = found.together.column_ppm_m.astype(np.float32)
    lines, samples = column.shape
    transform = _transform(cube.geolocation(0, cube.lines), column.shape)
    shape: dict[str, Any] = {
        "width": samples,
        "height": lines,
        "transform": transform,
        "crs": transform and 4326,
    }
    with whole_file(path) as half_done, warnings.catch_warnings():
        if suffix == ".png":
            shape |= {"driver": "PNG", "count": 4, "dtype": "uint8", "transform": None, "crs": None}
            picture: ndarray = coloured(column, float(np.nanmedian(found.together.std_ppm_m)))
        else:
            shape |= {"driver": "COG", "count": 1, "dtype": "float32", "nodata": math.nan}
            picture = column[None]
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a scene may lie nowhere
        with rasterio.open(
            half_done, "w", **{k: v for k, v in shape.items() if v is not None}
        ) as file:
            file.write(picture)


def coloured(
    column: Float[ndarray, "line sample"], sigma: float
) -> UInt8[ndarray, "4 line sample"]:
    """Red, green, blue and opacity of columns, from nought to ten sigma."""
    place = np.clip(np.nan_to_num(column) / (10.0 * max(sigma, 1e-30)), 0.0, 1.0) * (
        len(_CHROMA) - 1
    )
    low = np.minimum(place.astype(int), len(_CHROMA) - 2)
    share = (place - low)[..., None]
    colour = (1.0 - share) * _CHROMA[low] + share * _CHROMA[low + 1]
    opaque = np.where(np.isfinite(column), 255, 0)[..., None]
    return np.moveaxis(np.concatenate([colour, opaque], axis=-1), -1, 0).round().astype(np.uint8)


def _transform(place: Geolocation | None, shape: tuple[int, int]) -> Any:
    """Where a map's pixels lie, if they lie along meridians and parallels; else None."""
    if place is None or min(shape) < 2:
        return None
    from rasterio.transform import Affine

    lon, lat = place.lon_deg, place.lat_deg
    east, south = lon[0, 1] - lon[0, 0], lat[1, 0] - lat[0, 0]
    straight = np.ptp(lon, axis=0).max() < 0.01 * abs(east) and np.ptp(
        lat, axis=1
    ).max() < 0.01 * abs(south)
    if not straight or not np.isfinite([east, south]).all():
        return None
    return Affine(east, 0.0, lon[0, 0] - east / 2.0, 0.0, south, lat[0, 0] - south / 2.0)
