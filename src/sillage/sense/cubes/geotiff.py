"""How is a GeoTIFF opened whose bands are wavelengths: said in its tags, or in a table beside it.

Reference: GDAL raster data model, IMAGERY metadata domain (CENTRAL_WAVELENGTH_UM, FWHM_UM). The
table is called as the file with `.csv`, `.json` or `_wavelengths.csv`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.cube import About, Cube, Indices
from sillage.sense.cubes.hints import Found, Hints, Places, Spectrum
from sillage.sense.cubes.names import instant, told_by_name
from sillage.sense.cubes.places import MapPlaces, is_crs
from sillage.sense.cubes.settle import settle
from sillage.sense.cubes.wavelengths import spectrum_of

_MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_DESCRIBED = re.compile(
    r"(?i)(\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*[(\[]?\s*"
    r"(nm|nanomet\w+|um|[µμ]m|microns?|micromet\w+)\b"
)
_TAG_CENTRES = ("wavelength_nm", "wavelength", "center_wavelength", "central_wavelength")
_TABLES = ("_wavelengths.csv", "_wavelengths.json", ".csv", ".json")


@dataclass(frozen=True)
class TiffStore:
    """Numbers of a GeoTIFF; see `sillage.sense.cubes.hints.Store`."""

    path: Path
    shape: tuple[int, int, int]
    """Lines, samples, bands."""
    number_format: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number format."""
        return np.dtype(self.number_format)

    def piece(self, start: int, stop: int, bands: Indices) -> NDArray[Any]:
        """Some lines and bands: line, sample, band."""
        if start == stop or not bands.size:
            return np.empty((stop - start, self.shape[1], len(bands)), self.dtype)
        import rasterio
        from rasterio.windows import Window

        window = Window(0, start, self.shape[1], stop - start)
        try:
            with _opened(self.path) as tiff:
                piece = tiff.read([int(band) + 1 for band in bands], window=window)
        except rasterio.errors.RasterioError as error:
            raise ReadError(
                str(self.path),
                f"lines {start} to {stop} cannot be read: {_reason(error)}; copy it again",
            ) from None
        return np.ascontiguousarray(np.moveaxis(piece, 0, 2), dtype=self.dtype)


def open_geotiff(path: Path, head: bytes, hints: Hints) -> Cube | None:
    """GeoTIFF and BigTIFF, with wavelengths in tags, descriptions or a table beside it."""
    if not head.startswith(_MAGIC):
        return None
    import rasterio

    try:
        with _opened(path) as tiff:
            found = _found(tiff, path, hints)
    except rasterio.errors.RasterioError as error:
        raise ReadError(
            hints.name, f"is no whole GeoTIFF: {_reason(error)}; was the copy cut short?"
        ) from None
    return settle(found, hints)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A GeoTIFF and nothing else that GDAL could take the file for."""
    import rasterio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, driver="GTiff") as tiff:
            yield tiff


def _found(tiff: Any, path: Path, hints: Hints) -> Found:
    formats = set(tiff.dtypes)
    if len(formats) != 1 or np.dtype(tiff.dtypes[0]).kind not in "iuf":
        raise ReadError(hints.name, f"holds {', '.join(sorted(formats))}; radiance is one and real")
    places = _places(tiff)
    tags = {key.lower(): value for key, value in tiff.tags().items()}
    instrument, platform, started = told_by_name(path.name)
    units = {unit for unit in tiff.units if unit}
    scales, offsets = np.array(tiff.scales), np.array(tiff.offsets)
    return Found(
        store=TiffStore(path, (tiff.height, tiff.width, tiff.count), tiff.dtypes[0]),
        about=About(
            name=hints.name,
            files=(path,),
            platform=tags.get("platform") or platform,
            instrument=tags.get("instrument") or tags.get("sensor") or instrument,
            observed_at=instant(tags.get("acquisition_time", "")) or started,
            line_step=int(tiff.block_shapes[0][0]),
        ),
        spectrum=_spectrum(tiff, path, tags),
        unit=units.pop() if len(units) == 1 else tags.get("units") or tags.get("unit"),
        quantity=f"{tags.get('tifftag_imagedescription', '')} {tags.get('description', '')}",
        gain=scales,
        offset=offsets,
        ignore=() if tiff.nodata is None else (float(tiff.nodata),),
        grid="sensor" if places is None else "map",
        places=places,
    )


def _spectrum(tiff: Any, path: Path, tags: dict[str, str]) -> Spectrum | None:
    """Wavelengths by a table beside the file, by tags of the bands, or by their descriptions."""
    for ending in _TABLES:
        table = path.with_name(path.stem + ending)
        if table.is_file():
            return spectrum_of(table)
    bands = range(1, tiff.count + 1)
    imagery = [tiff.tags(band, ns="IMAGERY") for band in bands]
    if all("CENTRAL_WAVELENGTH_UM" in one for one in imagery):
        return Spectrum(
            _column(imagery, "CENTRAL_WAVELENGTH_UM"),
            "um",
            _column(imagery, "FWHM_UM") if all("FWHM_UM" in one for one in imagery) else None,
        )
    own = [{key.lower(): value for key, value in tiff.tags(band).items()} for band in bands]
    for name in _TAG_CENTRES:
        if all(name in one for one in own):
            unit = own[0].get("wavelength_units") or own[0].get("wavelength_unit")
            fwhm = _column(own, "fwhm") if all("fwhm" in one for one in own) else None
            return Spectrum(_column(own, name), "nm" if name.endswith("_nm") else unit, fwhm)
    described = [_DESCRIBED.search(text or "") for text in tiff.descriptions]
    found = [one for one in described if one is not None]
    if len(found) == tiff.count and len({one[2].lower() for one in found}) == 1:
        return Spectrum(np.array([float(one[1]) for one in found]), _short(found[0][2]))
    listed = tags.get("wavelength") or tags.get("wavelengths")
    if listed:
        centre = np.array([_number(item) for item in re.split(r"[,\s{}\[\]]+", listed) if item])
        return Spectrum(centre, tags.get("wavelength_units"))
    return None


def _column(tags: list[dict[str, str]], name: str) -> NDArray[np.float64]:
    return np.array([_number(one[name]) for one in tags])


def _number(text: str) -> float:
    """A number, NaN where it is none: that is refused with the band's number."""
    try:
        return float(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return float("nan")


def _short(unit: str) -> str:
    return "nm" if unit.lower().startswith("n") else "um"


def _places(tiff: Any) -> Places | None:
    if tiff.crs is None or tiff.transform.is_identity:
        return None
    crs = tiff.crs.to_wkt()
    if not is_crs(crs):
        return None
    step = tiff.transform
    return MapPlaces(tiff.width, (step.c, step.a, step.b, step.f, step.d, step.e), crs)


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
