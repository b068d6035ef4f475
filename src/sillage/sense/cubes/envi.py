"""How is an ENVI cube opened: by its header or by its data, whichever the user names.

Reference: NV5 Geospatial, ENVI Header Files; each field is read as it is described there.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from sillage.errors import ReadError
from sillage.records.cube import About, Cube
from sillage.sense.cubes.envi_beside import places_beside
from sillage.sense.cubes.envi_data import EnviStore, open_data
from sillage.sense.cubes.envi_header import LARGEST_BYTES, Header, parse_header, spectrum_in
from sillage.sense.cubes.hints import Found, Hints, Places
from sillage.sense.cubes.names import instant, told_by_name
from sillage.sense.cubes.places import MapPlaces, is_crs
from sillage.sense.cubes.settle import settle

_SUFFIXES = ("", ".img", ".dat", ".raw", ".bil", ".bsq", ".bip", ".bin", ".rdn", ".rad", ".cub")
_QUANTITY = ("description", "z plot titles", "data type description", "product type")
_UNITS = ("data units", "radiance units", "units", "unit")
_NO_IMAGE = ("spectral library", "classification", "roi", "vector")
_DATUMS = {"wgs-84": "326", "wgs84": "326", "wgs 84": "326", "": "326",
           "nad83": "269", "north america 1983": "269", "north-america-1983": "269"}  # fmt: skip


def open_envi(path: Path, head: bytes, hints: Hints) -> Cube | None:
    """A header with its data, or data with their header beside them; BSQ, BIL or BIP."""
    header_path = path if head.startswith(b"ENVI") else header_beside(path)
    if header_path is None:
        return None
    header = read_header(header_path)
    _see_image(header, hints.name)
    data_path = path if header_path != path else _data_beside(header_path, header, hints.name)
    store, missing = open_data(header, data_path, hints.name, whole_lines=hints.whole_lines)
    gain, offset, scaled = _scales(header)
    ignore = header.number("data ignore value")
    mapped = _map_places(header, store)
    quantity = " ".join(filter(None, (header.text(key) for key in _QUANTITY)))
    unit = next(filter(None, (header.text(key) for key in _UNITS)), None)
    found = Found(
        store=store,
        about=_about(header, header_path, data_path, hints.name),
        spectrum=spectrum_in(header),
        unit=unit or ("W m-2 sr-1 um-1" if scaled else None),
        quantity=f"{quantity} {'reflectance' if _is_reflectance(header) else ''}",
        gain=gain,
        offset=offset,
        ignore=() if ignore is None else (ignore,),
        saturated=header.number("saturation value"),
        grid="sensor" if mapped is None else "map",
        places=mapped or places_beside(data_path, store),
        masked=missing,
        assumptions=_assumed(header),
    )
    return settle(found, hints)


def read_header(path: Path) -> Header:
    """The header in a file.

    Raises
    ------
    ReadError
        It is too large, or no header.
    """
    with path.open("rb") as stream:
        raw = stream.read(LARGEST_BYTES + 1)
    return parse_header(raw.decode("utf-8", "replace"), path.name)


def header_beside(path: Path) -> Path | None:
    """The header of a file of numbers: its name with `.hdr` added or in place of its suffix."""
    for name in (path.name + ".hdr", path.stem + ".hdr", path.name + ".HDR", path.stem + ".HDR"):
        candidate = path.with_name(name)
        if candidate != path and candidate.is_file():
            with candidate.open("rb") as stream:
                if stream.read(4) == b"ENVI":
                    return candidate
    return None


def _data_beside(header_path: Path, header: Header, name: str) -> Path:
    """The numbers of a header: no path inside it is followed, they lie beside it."""
    stem = header_path.stem  # of scene.img.hdr it is scene.img
    wanted = [stem + suffix for suffix in _SUFFIXES]
    interleave = (header.text("interleave") or "").lower()
    if f".{interleave}" in _SUFFIXES:
        wanted.insert(1, f"{stem}.{interleave}")
    others = sorted(one.name for one in header_path.parent.iterdir() if one.stem == stem)
    lower = {one.lower(): one for one in others}
    names = [lower.get(one.lower(), one) for one in wanted] + others
    for one in dict.fromkeys(names):
        candidate = header_path.with_name(one)
        if candidate != header_path and candidate.is_file() and candidate.suffix != ".hdr":
            return candidate
    raise ReadError(
        name,
        f"is a header, and its numbers are not beside it: put '{stem}' or '{stem}.img' there, "
        "or name the file of numbers itself",
    )


def _see_image(header: Header, name: str) -> None:
    kind = (header.text("file type") or "").lower()
    if any(word in kind for word in _NO_IMAGE):
        raise ReadError(name, f"is an '{kind}', not an image; open the radiance")


def _scales(header: Header) -> tuple[object, object, bool]:
    """Gain, offset, and whether they make W m-2 sr-1 um-1 of the numbers (by ENVI's convention)."""
    gain, offset = header.numbers("data gain values"), header.numbers("data offset values")
    factor = header.number("radiance scale factor")
    if gain is None and factor:
        return 1.0 / factor, 0.0, False
    return (
        1.0 if gain is None else gain,
        0.0 if offset is None else offset,
        gain is not None and bool((gain != 1.0).any()),
    )


def _is_reflectance(header: Header) -> bool:
    return header.text("reflectance scale factor") is not None


def _assumed(header: Header) -> tuple[str, ...]:
    notes = []
    if header.text("byte order") is None:
        notes.append("no byte order is written: numbers are taken as little-endian (Intel)")
    if header.text("data gain values") and not any(header.text(key) for key in _UNITS):
        notes.append("gains are taken to give W m-2 sr-1 um-1, as ENVI defines them")
    return tuple(notes)


def _about(header: Header, header_path: Path, data_path: Path, name: str) -> About:
    instrument, platform, started = told_by_name(data_path.name)
    sensor = header.text("sensor type")
    if sensor and sensor.lower() not in {"unknown", "none"}:
        instrument = sensor
    return About(
        name=name,
        files=(data_path, header_path),
        instrument=instrument,
        platform=platform,
        observed_at=instant(header.text("acquisition time") or "") or started,
    )


def _map_places(header: Header, store: EnviStore) -> Places | None:
    """Places by `map info`: projection, the pixel that is tied, where it lies, size of a pixel."""
    items = header.words("map info")
    if len(items) < 7 or items[0].lower().startswith("arbitrary"):
        return None
    try:
        column, row, x, y, dx, dy = (float(item) for item in items[1:7])
        turned = next((float(one.split("=")[1]) for one in items if "rotation" in one.lower()), 0.0)
    except (ValueError, IndexError):
        raise ReadError(
            header.file, f"map info holds no numbers where it must: {header.text('map info')!r:.80}"
        ) from None
    crs = header.text("coordinate system string")
    if crs is None or not is_crs(crs):
        crs = _crs(items)
    if crs is None:
        raise ReadError(
            header.file,
            f"the projection '{items[0]}' is not understood; add 'coordinate system string', "
            "or delete 'map info' to open it without places",
        )
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    b, c, e, f = dx * cos, dy * sin, dx * sin, -dy * cos
    # The tied pixel counts from 1, at its upper left corner.
    a, d = x - b * (column - 1) - c * (row - 1), y - e * (column - 1) - f * (row - 1)
    elevation = header.number("sun elevation")
    zenith = None if elevation is None or not 0.0 < elevation <= 90.0 else 90.0 - elevation
    return MapPlaces(store.samples, (a, b, c, d, e, f), crs, zenith)


def _crs(items: tuple[str, ...]) -> str | None:
    kind = items[0].lower()
    if kind.startswith("geographic"):
        return "EPSG:4326"
    if kind == "utm" and len(items) >= 9 and re.fullmatch(r"\d{1,2}", items[7]):
        south = items[8].lower().startswith("s")
        datum = items[9].lower() if len(items) > 9 else ""
        zone = int(items[7])
        base = _DATUMS.get(datum)
        if not 1 <= zone <= 60 or base is None or (south and base == "269"):
            return None
        return f"EPSG:{'327' if south else base}{zone:02d}"
    return None
