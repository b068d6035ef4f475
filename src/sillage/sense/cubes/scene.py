"""Which record describes a cube: its bands and places, and the hash of radiance never held whole.

Floor: the radiance is read once and hashed once, at the speed of SHA-256 (about 0.4 GB/s and
thread, 2 GB/s where the processor has instructions for it); the file's bytes once more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64
from numpy import ndarray
from numpy.typing import NDArray

from sillage.errors import ReadError
from sillage.records.arrays import Arrays, Variable
from sillage.records.base import Interval
from sillage.records.cube import Cube, Geolocation, pieces
from sillage.records.place import Area, HeightAbove, LocalFrame
from sillage.records.provenance import Masked, SourceFile
from sillage.records.scene import Scene
from sillage.sense.files import source_file

PIECE_BYTES = 16 << 20
"""Radiance that is held at a time; with what reading makes of it, some times as much."""
_EDGE_POINTS = 5
_KNOWN = {
    "lon_deg": "deg",
    "lat_deg": "deg",
    "ground_height_m": "m",
    "view_zenith_deg": "deg",
    "sun_zenith_deg": "deg",
}
"""What a `Scene` keeps of each pixel's place and angles."""


def scene_of(
    cube: Cube,
    *,
    observed_at: Interval | None = None,
    platform: str | None = None,
    instrument: str | None = None,
    sensor_height_m: float | None = None,
    height_above: HeightAbove | None = None,
) -> Scene:
    """The record of a cube; its arrays are detached, known by the hash of what was read.

    Parameters
    ----------
    cube
        As `open_cube` gives it.
    observed_at, platform, instrument, sensor_height_m, height_above
        What the file does not say, or says wrongly. The height follows from the length of the
        path to the sensor, where that is known.

    Raises
    ------
    ReadError
        The file does not say where its pixels lie, when it was taken, or how high the sensor was.
    """
    about = cube.about
    middle = cube.geolocation(cube.lines // 2, min(cube.lines // 2 + 2, cube.lines))
    if middle is None:
        raise ReadError(
            about.name, "does not say where its pixels lie; put its _loc, _igm or OBS beside it"
        )
    observed_at = observed_at or about.observed_at
    if observed_at is None:
        raise ReadError(about.name, "does not say when it was taken; give observed_at")
    if sensor_height_m is None:
        sensor_height_m, height_above = _height(middle, about.sensor_height_m, about.height_above)
    if sensor_height_m is None or height_above is None:
        raise ReadError(
            about.name,
            "does not say how high the sensor was; give sensor_height_m and height_above",
        )
    radiance, lost = _radiance(cube)
    return Scene(
        observed_at=observed_at,
        platform=platform or about.platform or "unknown",
        instrument=instrument or about.instrument or "unknown",
        grid=cube.grid,
        cube=radiance,
        bands=_bands(cube),
        geolocation=_geolocation(cube, middle),
        outline=_outline(cube),
        ground_sample_m=_ground_sample_m(middle),
        sensor_height_m=sensor_height_m,
        height_above=height_above,
        sun_zenith_deg=_median(middle.sun_zenith_deg),
        sun_azimuth_deg=_median(middle.sun_azimuth_deg),
        source=_source(cube, radiance),
        masked=(*cube.masked, *lost),
        assumptions=cube.assumptions,
    )


def _radiance(cube: Cube) -> tuple[Arrays, tuple[Masked, ...]]:
    """Hash of the radiance, and what was left out of it: known when all of it was read."""
    left_out: Counter[str] = Counter()
    sizes = {"y": cube.lines, "x": cube.samples, "wavelength": len(cube.wavelength_nm)}
    described = Variable(
        name="radiance", dims=("y", "x", "wavelength"), dtype="<f4", unit="W m-2 sr-1 um-1"
    )

    def lines(_: str) -> Iterator[NDArray[Any]]:
        for start, stop in pieces(cube, memory_bytes=PIECE_BYTES):
            yield cube.read(start, stop, left_out=left_out)

    arrays = Arrays.streamed(sizes, [described], lines)
    total = math.prod(sizes.values())
    return arrays, tuple(
        Masked(reason=reason, count=count, total=total)
        for reason, count in sorted(left_out.items())
    )


def _bands(cube: Cube) -> Arrays:
    columns: dict[str, Any] = {"wavelength_nm": cube.wavelength_nm, "usable": cube.usable}
    units = {"wavelength_nm": "nm", "usable": "1"}
    if cube.fwhm_nm is not None:
        columns["fwhm_nm"], units["fwhm_nm"] = cube.fwhm_nm, "nm"
    return Arrays(columns, dims="wavelength", units=units)


def _geolocation(cube: Cube, some: Geolocation) -> Arrays:
    there = [name for name in _KNOWN if getattr(some, name) is not None]
    variables = [
        Variable(name=name, dims=("y", "x"), dtype=getattr(some, name).dtype.str, unit=_KNOWN[name])
        for name in there
    ]
    if some.time_ns is not None:
        variables.append(Variable(name="time_ns", dims=("y",), dtype="<i8", unit="ns"))

    def column(name: str) -> Iterator[NDArray[Any]]:
        for start, stop in pieces(cube, memory_bytes=PIECE_BYTES, bands=2 * len(_KNOWN)):
            yield getattr(cube.geolocation(start, stop), name)

    return Arrays.streamed({"y": cube.lines, "x": cube.samples}, variables, column)


def _height(
    place: Geolocation, told_m: float | None, told_above: HeightAbove | None
) -> tuple[float | None, HeightAbove | None]:
    """Height of the sensor, and what it is counted from."""
    if told_m is not None:
        return told_m, told_above
    path, zenith = place.path_length_m, place.view_zenith_deg
    if path is None or zenith is None:
        return None, None
    above_ground_m = _median(path * np.cos(np.radians(zenith)))
    ground_m = _median(place.ground_height_m)
    if above_ground_m is None or ground_m is None:
        return above_ground_m, "ground"
    return above_ground_m + ground_m, "ellipsoid"


def _outline(cube: Cube) -> Area:
    """A ring of points along the four edges, those that have a place."""
    lines = np.linspace(0, cube.lines - 1, _EDGE_POINTS).round().astype(int)
    samples = np.linspace(0, cube.samples - 1, _EDGE_POINTS).round().astype(int)
    edge = [
        *((0, int(sample)) for sample in samples[:-1]),
        *((int(line), cube.samples - 1) for line in lines[:-1]),
        *((cube.lines - 1, int(sample)) for sample in samples[:0:-1]),
        *((int(line), 0) for line in lines[:0:-1]),
    ]
    ring: list[tuple[float, float]] = []
    for line, sample in edge:
        place = cube.geolocation(line, line + 1)
        if place is None:
            continue
        lon, lat = float(place.lon_deg[0, sample]), float(place.lat_deg[0, sample])
        if np.isfinite(lon) and np.isfinite(lat) and (lon, lat) not in ring:
            ring.append((lon, lat))
    if len(ring) < 3:
        raise ReadError(
            cube.about.name, "has places for fewer than three points of its edge; cut it to them"
        )
    return Area(ring=tuple(ring))


def _ground_sample_m(place: Geolocation) -> float:
    """Side of a square as large as a pixel, median of the middle lines."""
    lon, lat = place.lon_deg, place.lat_deg
    seen = np.isfinite(lon) & np.isfinite(lat)
    if not seen.any():
        return 0.0
    frame = LocalFrame(lon=float(np.median(lon[seen])), lat=float(np.median(lat[seen])))
    east, north = frame.to_local(np.where(seen, lon, 0.0), np.where(seen, lat, 0.0))
    east[~seen] = north[~seen] = np.nan
    across = _steps(east, north, axis=1)
    along = _steps(east, north, axis=0)
    sides = [one for one in (across, along) if one]
    return float(np.sqrt(np.prod(sides)) if len(sides) == 2 else sum(sides))


def _steps(
    east: Float64[ndarray, "line sample"], north: Float64[ndarray, "line sample"], axis: int
) -> float:
    step = np.hypot(np.diff(east, axis=axis), np.diff(north, axis=axis))
    step = step[np.isfinite(step)]
    return float(np.median(step)) if step.size else 0.0


def _median(values: NDArray[Any] | None) -> float | None:
    finite = np.array([]) if values is None else values[np.isfinite(values)]
    return float(np.median(finite)) if finite.size else None


def _source(cube: Cube, radiance: Arrays) -> SourceFile:
    """The file with the radiance; a cube in memory is its own source."""
    if cube.about.files:
        file = cube.about.files[0]  # of ENVI the numbers, whatever the user named
        return source_file(file, str(Path(cube.about.name).with_name(file.name)))
    size = 4 * cube.lines * cube.samples * len(cube.wavelength_nm)
    return SourceFile(name=cube.about.name, sha256=radiance.sha256, size_bytes=size)
