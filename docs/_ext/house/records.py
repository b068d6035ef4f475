"""What does each record hold, and what is its JSON Schema?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import msgspec

import sillage.records
from house.markdown import body, code, field_docs, first_sentence, own_doc, table
from house.types import struct_fields, words
from sillage.records.arrays import Arrays
from sillage.records.base import Part, Record

COMMON = ("observed_at", "parents", "made_at", "schema", "id")


def kinds(base: type[Record | Part] = Record) -> list[type[Any]]:
    """Every record (or part of one), by name."""
    for module in iter_modules(sillage.records.__path__):
        import_module(f"sillage.records.{module.name}")
    found: set[type[Any]] = set()
    waiting: list[type[Any]] = [base]
    while waiting:
        below = waiting.pop().__subclasses__()
        found.update(below)
        waiting += below
    ours = [kind for kind in found if kind.__module__.startswith("sillage.records.")]
    return sorted(ours, key=lambda kind: kind.__name__)


def undocumented() -> list[str]:
    """Records and parts without a docstring of their own."""
    return [kind.__name__ for base in (Record, Part) for kind in kinds(base) if not own_doc(kind)]


def schema() -> dict[str, Any]:
    """JSON Schema of all records; arrays stand in it as their description."""

    def of_arrays(kind: type) -> dict[str, Any]:
        if kind is Arrays:
            return {"type": "object", "description": first_sentence(Arrays.__doc__)}
        raise NotImplementedError(kind.__name__)

    _, components = msgspec.json.schema_components(kinds(), schema_hook=of_arrays)
    return components


def page() -> str:
    """The page of records."""
    parts = [
        "# Records\n",
        "A record is frozen, timed in UTC, and named by the SHA-256 of its content. Every record",
        "carries these fields beside its own:\n",
        _fields(Record, COMMON),
    ]
    for base, heading in ((Record, "What is kept"), (Part, "Parts of records")):
        parts.append(f"## {heading}\n")
        for kind in kinds(base):
            own = [name for name in kind.__struct_fields__ if name not in COMMON or base is Part]
            parts += [f"### {kind.__name__}\n", first_sentence(own_doc(kind)), ""]
            parts += [body(own_doc(kind)), "", _fields(kind, own)]
    parts += [
        "## JSON Schema\n",
        "The same as partners and the console receive it.\n",
        f"```json\n{json.dumps(schema(), indent=1, sort_keys=True)}\n```\n",
    ]
    return "\n".join(parts)


def _fields(kind: type[Any], names: Iterable[str]) -> str:
    docs = field_docs(kind)
    types = {field.name: field.type for field in struct_fields(kind)}
    rows = [(code(name), words(types[name]), docs.get(name, "")) for name in names]
    return table(("field", "type", ""), rows)
