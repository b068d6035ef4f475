"""Which keys may a survey or a world file hold, and what does each mean?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from house.markdown import body, code, field_docs, first_sentence, own_doc, table
from house.types import struct_fields, structs, words
from sillage.localise.settings import Settings
from sillage.localise.stream import Windows
from sillage.retrieve.settings import Settings as RetrieveSettings
from sillage.sense.maps import ContextMap, Elevation, ReadingsMap, TrackMap, WindMap
from sillage.simulate.world import World
from sillage.watch.columns import Reading
from sillage.watch.detections import Looking
from sillage.watch.heat import HeatMap
from sillage.watch.naming import Naming
from sillage.watch.scenes import SceneMap
from sillage.watch.survey import Heading

ROOTS = {
    "SURVEY.toml": (
        *(Heading, ReadingsMap, SceneMap, HeatMap, WindMap, TrackMap, Elevation, ContextMap),
        *(Settings, Windows),
    ),
    "WORLD.toml": (World,),
    "sillage retrieve --set": (Reading, RetrieveSettings),
    "sillage detect --set": (Looking,),
    "sillage identify --set": (Naming,),
}

EVERYWHERE = {
    "along": "Which way the lanes run.",
    "column": "Name of the column.",
    "csv": "How the file is written, where it is CSV.",
    "decimal": "What parts a whole number from its fraction.",
    "down": "Column of the component whose positive axis shows down.",
    "east": "Column of the component whose positive axis shows east.",
    "encoding": "Of the file, by its Python name.",
    "family": "Which physics makes the readings: another than the inverter's, or its own.",
    "file": "Path from the survey file, or one that begins with `$SILLAGE_DATA/`.",
    "format": "Of the file, where its suffix does not say it.",
    "gas": "Name in the gas library.",
    "height": "Column of the height.",
    "height_above": "What heights count from.",
    "instrument": "How its sensor answers.",
    "lat": "Latitude, degrees.",
    "lon": "Longitude, degrees.",
    "name": "What reports and files call it.",
    "north": "Column of the component whose positive axis shows north.",
    "origin": "Where x = y = 0.",
    "particles": "How many candidate sources the sampler carries.",
    "platform": "What carries the sensors.",
    "points": "Whether air comes from there or goes towards it.",
    "south": "Column of the component whose positive axis shows south.",
    "start": "When it begins.",
    "suffix": "Text after the number in every cell, such as `m/s`.",
    "to_height": "As `height`, for the end of a path.",
    "to_x": "As `x`, for the end of a path.",
    "to_y": "As `y`, for the end of a path.",
    "turns": "From where, and which way round, the angle counts.",
    "unit": "Unit of the numbers.",
    "up": "Column of the component whose positive axis shows up.",
    "value": "The number itself.",
    "west": "Column of the component whose positive axis shows west.",
    "where": "Only rows whose column holds (one of) this; compared as text.",
    "x": "Column of longitude or of metres east.",
    "y": "Column of latitude or of metres north.",
}
"""Keys that mean the same in every table; a table may say it more closely."""

SAYS_ITSELF = re.compile(
    r"_(?:m|s|K|Pa|deg|m_s|kg_h|ppm|share|std|log_std)$|^(?:at_least|at_most|below_limit|zone|seed)$"
)
"""Names that carry their unit, or are plain words."""


def tables(roots: Iterable[type[msgspec.Struct]]) -> list[type[Any]]:
    """The tables of a file and every table in them, in the order of first mention."""
    found: list[type[Any]] = []
    waiting: list[type[Any]] = list(roots)
    while waiting:
        kind = waiting.pop(0)
        if kind not in found:
            found.append(kind)
            waiting += [below for field in struct_fields(kind) for below in structs(field.type)]
    return found


def undocumented() -> list[str]:
    """Tables without a docstring, and keys whose meaning stands nowhere."""
    missing = []
    for kind in dict.fromkeys(kind for roots in ROOTS.values() for kind in tables(roots)):
        docs = field_docs(kind) | EVERYWHERE
        missing += [] if own_doc(kind) else [kind.__name__]
        missing += [
            f"{kind.__name__}.{field.encode_name}"
            for field in struct_fields(kind)
            if not (field.name in docs or structs(field.type) or SAYS_ITSELF.search(field.name))
            and f"`{field.encode_name}`" not in own_doc(kind)
        ]
    return missing


def page() -> str:
    """The page of settings."""
    parts = [
        "# Settings\n",
        "An unknown key is an error that names the nearest known one. A key without a default",
        "has to be given.\n",
    ]
    for file, roots in ROOTS.items():
        parts.append(f"## {file}\n")
        for kind in tables(roots):
            parts += [f"### {kind.__name__}\n", first_sentence(own_doc(kind)), ""]
            parts += [body(own_doc(kind)), "", _keys(kind)]
    return "\n".join(parts)


def _keys(kind: type[msgspec.Struct]) -> str:
    docs = EVERYWHERE | field_docs(kind)
    rows = [
        (code(field.encode_name), words(field.type), _default(field), docs.get(field.name, ""))
        for field in struct_fields(kind)
    ]
    return table(("key", "type", "default", ""), rows)


def _default(field: inspect.Field) -> str:
    if field.required:
        return "**needed**"
    value = field.default
    if value is msgspec.NODEFAULT or value is None or isinstance(value, msgspec.Struct):
        return ""
    return code(str(value).lower() if isinstance(value, bool) else str(value)) if value else ""
