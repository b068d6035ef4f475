"""Which records are there, how is one read back, and what do they look like to others."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import msgspec

from sillage.errors import RecordError
from sillage.records.access import Access
from sillage.records.arrays import Arrays, Description
from sillage.records.base import Record, canonical, decode_extra
from sillage.records.case import Case
from sillage.records.context import Context
from sillage.records.coverage import Coverage
from sillage.records.detection import Detection
from sillage.records.enhancement import Enhancement
from sillage.records.fence import Fence
from sillage.records.frame import Frame
from sillage.records.instrument import Instrument
from sillage.records.link import Link
from sillage.records.plume_spectrum import PlumeSpectrum
from sillage.records.readings import Readings
from sillage.records.release import Release
from sillage.records.review import Review
from sillage.records.risk_map import RiskMap
from sillage.records.scene import Scene
from sillage.records.signing_key import SigningKey
from sillage.records.site import Site
from sillage.records.source_estimate import SourceEstimate
from sillage.records.task import Task
from sillage.records.track import Track
from sillage.records.wind import Wind

RECORDS: tuple[type[Record], ...] = (
    *(Scene, Frame, Readings, Wind, Track),
    *(Enhancement, PlumeSpectrum, Detection, SourceEstimate, Site),
    *(Link, RiskMap, Task, Fence, Coverage),
    *(Instrument, Context),
    *(Case, Review, Release, Access, SigningKey),
)
"""Every kind of record, in the order of the flow."""

_DECODER: msgspec.json.Decoder[Record] = msgspec.json.Decoder(
    reduce(or_, RECORDS), dec_hook=decode_extra
)


def decode(content: bytes) -> Record:
    """Read a record back from its canonical bytes; its arrays come back detached.

    Raises
    ------
    RecordError
        The bytes are no record, name an unknown type or field, hold a value that the field
        does not, are not in canonical form, or no longer hash to the id they carry.
    """
    try:
        record = _DECODER.decode(content)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"record {_glimpse(content)}: {error}. It was changed, or written by another "
            "version; take it from its source again, or read it with the version that wrote it."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError(
            f"record {_glimpse(content)}: not JSON: {error}. Take it from its source again."
        ) from None
    if canonical(record) != content:
        raise RecordError(
            f"{type(record).__name__} {record.id[:12]}: the bytes are not in canonical form; "
            "write them with sillage.records.base.canonical"
        )
    return record


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of every record, for documents, partners and TypeScript types.

    Canonical bytes hold every field, so every field is required.
    """
    _, components = msgspec.json.schema_components(
        (*RECORDS, Description), schema_hook=_schema_extra, ref_template="#/$defs/{name}"
    )
    components["Arrays"] = components.pop("Description") | {"title": "Arrays"}
    for component in components.values():
        if "properties" in component:
            component["required"] = list(component["properties"])
    names = [kind.__name__ for kind in RECORDS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sillage records",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "discriminator": {
            "propertyName": "type",
            "mapping": {name: f"#/$defs/{name}" for name in names},
        },
        "$defs": dict(sorted(components.items())),
    }


def _schema_extra(kind: type) -> dict[str, Any]:
    if kind is Arrays:
        return {"$ref": "#/$defs/Arrays"}
    raise NotImplementedError(f"no schema for {kind.__name__}")


def _glimpse(content: bytes) -> str:
    """The beginning of the bytes, as text that can be printed."""
    return ascii(content[:40].decode("utf-8", "replace"))
