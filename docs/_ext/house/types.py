"""How is the type of a field said in words?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec
from msgspec import inspect

PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "anything",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "time",
    inspect.FloatType: "number",
    inspect.IntType: "whole number",
    inspect.NoneType: "nothing",
    inspect.StrType: "text",
}

SCALARS = (inspect.BoolType, inspect.FloatType, inspect.IntType, inspect.StrType)


def words(kind: inspect.Type) -> str:
    """A type as a reader says it: `number above 0`, `"from" or "towards"`, `list of text`."""
    if isinstance(kind, inspect.Metadata):
        return words(kind.type)
    if type(kind) in PLAIN:
        return PLAIN[type(kind)] + _bounds(kind)
    return _WORDS[type(kind)](kind)


def structs(kind: inspect.Type) -> list[type]:
    """The structs that a type is made of, in the order in which it names them."""
    if isinstance(kind, inspect.Metadata):
        return structs(kind.type)
    if isinstance(kind, inspect.StructType):
        return [kind.cls]
    inner = [getattr(kind, name, None) for name in ("item_type", "key_type", "value_type")]
    inner += [*getattr(kind, "types", ()), *getattr(kind, "item_types", ())]
    return [found for part in inner if isinstance(part, inspect.Type) for found in structs(part)]


def struct_fields(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """The fields of a struct, with the constraints that their annotations hold."""
    return cast("inspect.StructType", inspect.type_info(kind)).fields


def _bounds(kind: Any) -> str:
    names = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    found = [
        f"{word} {bound:g}"
        for name, word in names.items()
        if (bound := getattr(kind, name, None)) is not None
    ]
    return " " + ", ".join(found) if found else ""


def _union(kind: inspect.UnionType) -> str:
    # That a field may be left out is said by its default.
    some = [part for part in kind.types if not isinstance(part, inspect.NoneType)]
    rest = [part for part in some if type(part) not in SCALARS]
    if len(some) - len(rest) == len(SCALARS):
        return " or ".join(["plain value", *map(words, rest)])
    return " or ".join(map(words, some))


_WORDS: dict[type[inspect.Type], Callable[[Any], str]] = {
    inspect.CustomType: lambda kind: kind.cls.__name__,
    inspect.DictType: lambda kind: f"table of {words(kind.value_type)}",
    inspect.ListType: lambda kind: f"list of {words(kind.item_type)}",
    inspect.LiteralType: lambda kind: " or ".join(f"`{value}`" for value in kind.values),
    inspect.StructType: lambda kind: f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})",
    inspect.TupleType: lambda kind: f"({', '.join(words(item) for item in kind.item_types)})",
    inspect.UnionType: _union,
    inspect.VarTupleType: lambda kind: f"list of {words(kind.item_type)}",
}
