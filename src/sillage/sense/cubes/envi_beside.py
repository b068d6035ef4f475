"""Which places and angles lie beside an ENVI cube: the `_loc`, `_igm` and `_obs` of AVIRIS.

Reference: AVIRIS-NG Data Product Distribution Document (Lundeen et al.), sections on LOC, IGM
and OBS. A file beside belongs to the cube if it has its flight line's name, lines and samples.
"""

from __future__ import annotations

import re
from pathlib import Path

from sillage.errors import ReadError
from sillage.sense.cubes.envi_data import EnviStore, open_data
from sillage.sense.cubes.envi_header import Header, parse_header
from sillage.sense.cubes.hints import Places, Store
from sillage.sense.cubes.places import ArrayPlaces, is_crs

_LINE = re.compile(r"(?i)^(.*?)(?:_l1b)?_(?:rdn|rad|radiance|img|clip)(?:[_.].*)?$")
_KIND = re.compile(r"(?i)^(.*?)(?:_(?:rdn|rad))?(?:_\w{0,12}?)?_(loc|igm|obs)(?:_ort)?$")
_OBS = ("path_length_m", "view_azimuth_deg", "view_zenith_deg", "sun_azimuth_deg", "sun_zenith_deg")
"""First bands of an OBS file; azimuths and zeniths look from the ground."""
_PLACES = ("lon_deg", "lat_deg", "ground_height_m")
"""Bands of a LOC file, and of an IGM file in metres of its projection."""


def places_beside(data: Path, cube: EnviStore) -> Places | None:
    """Places (LOC before IGM) and angles (OBS) that belong to a cube; None without places.

    Raises
    ------
    ReadError
        A file beside belongs to the cube, and is damaged.
    """
    kinds: dict[str, tuple[EnviStore, Header]] = {}
    for header_path in sorted(data.parent.glob("*.[hH][dD][rR]")):
        found = _beside(header_path, data, cube)
        if found is not None:
            kinds.setdefault(*found)
    stores: dict[str, tuple[Store, int]] = {}
    crs = None
    if "loc" in kinds:
        stores |= _bands(kinds["loc"][0], _PLACES)
    elif "igm" in kinds:
        store, header = kinds["igm"]
        crs = _projection(header)
        if crs is not None:
            stores |= _bands(store, _PLACES)
    if not stores:
        return None
    if "obs" in kinds:
        stores |= _bands(kinds["obs"][0], _OBS)
    return ArrayPlaces(stores, crs)


def _bands(store: EnviStore, names: tuple[str, ...]) -> dict[str, tuple[Store, int]]:
    return {name: (store, band) for band, name in enumerate(names) if band < store.bands}


def _beside(
    header_path: Path, data: Path, cube: EnviStore
) -> tuple[str, tuple[EnviStore, Header]] | None:
    """Kind and numbers of a file, if it belongs to the cube."""
    stem = header_path.stem
    kind = _KIND.match(stem.removesuffix(".img"))
    line = _LINE.match(data.stem)
    own = (line[1] if line else data.stem).lower()
    if kind is None or kind[1].lower() not in {own, data.stem.lower()}:
        return None
    numbers = [header_path.with_name(stem + suffix) for suffix in ("", ".img", ".dat")]
    there = next((one for one in numbers if one.is_file()), None)
    if there is None or there == data:
        return None
    header = parse_header(header_path.read_text("utf-8", "replace"), header_path.name)
    if (header.whole("lines"), header.whole("samples")) != (cube.disk_lines, cube.samples):
        return None
    try:
        store, _ = open_data(header, there, there.name, whole_lines=False)
    except ReadError as error:
        problem = str(error).removeprefix(f"{there.name}: ")
        raise ReadError(there.name, f"{problem}; it lies beside the cube, or remove it") from None
    return kind[2].lower(), (store, header)


def _projection(header: Header) -> str | None:
    """Projection of an IGM file: its own words, or the UTM zone of its map info."""
    wkt = header.text("coordinate system string")
    if wkt is not None and is_crs(wkt):
        return wkt
    said = " ".join(filter(None, (header.text("map info"), header.text("description"))))
    if re.search(r"geographic|lat/lon", said, re.IGNORECASE):
        return "EPSG:4326"
    zone = re.search(r"(?i)utm[^\d]*zone[^\d]*(\d{1,2})\s*,?\s*(n|s)", said) or re.search(
        r"(?i)utm(?:,[^,]*){6},\s*(\d{1,2})\s*,\s*(n|s)", said
    )
    if zone is None or not 1 <= int(zone[1]) <= 60:
        return None
    return f"EPSG:{'326' if zone[2].lower() == 'n' else '327'}{int(zone[1]):02d}"
