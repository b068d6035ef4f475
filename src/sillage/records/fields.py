"""Which values may a field hold, and in which one spelling.

The annotation of a field decides: an int or a numpy scalar in a float field becomes a float,
a list a tuple, a time UTC, and -0.0 becomes 0.0. What canonical bytes cannot hold, or what
could not be read back, is refused when the record is made, not when it is stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn

import msgspec
import numpy as np
from msgspec import inspect

from sillage.errors import RecordError

LARGEST_INTEGER = 2**53 - 1
"""Integers beyond it change when a reader of JSON takes them for doubles (RFC 7493)."""

Settler = Callable[[Any], Any]
"""Takes a value as given and returns it as it is kept, or refuses it."""


class FrozenDict(dict[str, Any]):
    """A mapping that cannot be changed, since the id of its record could not follow."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a record is frozen: make a new one with msgspec.structs.replace")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return FrozenDict, (dict(self),)  # copies are built whole, not item by item


class _Refused(Exception):
    """Why a value is no value of its field, and where inside the field it lies."""

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.path = path


def settle(struct: msgspec.Struct) -> None:
    """Put every field of a new struct into its one spelling.

    Raises
    ------
    RecordError
        A value is not of its field's kind, is NaN, infinite or out of range, or is a time
        without a zone; names the class, the field and the place inside it.
    """
    kind = type(struct)
    for name, settler in _settlers(kind):
        value = getattr(struct, name)
        try:
            settled = settler(value)
        except _Refused as refused:
            where = f"{kind.__name__}.{name}{refused.path}"
            raise RecordError(f"{where}: {refused.problem}") from None
        if settled is not value:
            msgspec.structs.force_setattr(struct, name, settled)


@cache
def _settlers(kind: type[msgspec.Struct]) -> tuple[tuple[str, Settler], ...]:
    described = inspect.type_info(kind)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{kind.__name__} is not a struct")
    return tuple((field.name, _settler(field.type)) for field in described.fields)


def _settler(kind: inspect.Type) -> Settler:
    """The settler of one annotation; built once for each field of each class."""
    if isinstance(kind, inspect.Metadata):
        return _settler(kind.type)
    if type(kind) not in _SETTLERS:
        raise TypeError(f"a record cannot hold a field of the kind {kind}")
    return _SETTLERS[type(kind)](kind)


def _wrong(value: object, wanted: str) -> _Refused:
    return _Refused(f"{value!r} is {type(value).__name__}; give {wanted}")


def _settle_float(value: Any) -> float:
    if type(value) is not float:
        if isinstance(value, (bool, np.bool_)) or not isinstance(
            value, (float, int, np.floating, np.integer)
        ):
            raise _wrong(value, "a number")
        try:
            value = float(value)
        except OverflowError:
            raise _Refused("an integer beyond every float; give it in a larger unit") from None
    if not math.isfinite(value):
        raise _Refused(f"{value} is no value; leave the field None when it is unknown")
    return value or 0.0  # -0.0 is 0.0


def _settle_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise _wrong(value, "a whole number")
    number = int(value)
    if abs(number) > LARGEST_INTEGER:
        raise _Refused(f"{number} is beyond 2**53 - 1; keep such numbers in Arrays")
    return number


def _settle_bool(value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise _wrong(value, "True or False")
    return bool(value)


def _settle_none(value: Any) -> None:
    if value is not None:
        raise _wrong(value, "None")


def _settle_time(value: Any) -> datetime:
    if type(value) is datetime and value.tzinfo is UTC:
        return value
    if not isinstance(value, datetime):
        raise _wrong(value, "an aware datetime")
    if value.utcoffset() is None:
        raise _Refused(f"time {value.isoformat()} has no zone; give an aware datetime")
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        raise _Refused(f"time {value.isoformat()} lies outside the years 1 to 9999") from None
    return datetime(  # subclasses may count nanoseconds; a record counts microseconds
        utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, UTC
    )


def _bounded(settle_number: Settler, kind: inspect.FloatType | inspect.IntType) -> Settler:
    if kind.ge is None and kind.gt is None and kind.le is None and kind.lt is None:
        return settle_number
    least, most = kind.ge, kind.le
    above, below = kind.gt, kind.lt

    def settle_bounded(value: Any) -> Any:
        number = settle_number(value)
        if least is not None and number < least:
            raise _Refused(f"{number} is below {least}")
        if most is not None and number > most:
            raise _Refused(f"{number} is above {most}")
        if above is not None and number <= above:
            raise _Refused(f"{number} is not above {above}")
        if below is not None and number >= below:
            raise _Refused(f"{number} is not below {below}")
        return number

    return settle_bounded


def _string(kind: inspect.StrType) -> Settler:
    pattern = re.compile(kind.pattern) if kind.pattern else None
    shortest = kind.min_length or 0

    def settle_string(value: Any) -> str:
        if not isinstance(value, str):
            raise _wrong(value, "text")
        text = str(value)
        if not text.isascii():
            try:
                text.encode()
            except UnicodeEncodeError:
                raise _Refused(f"{text!a} is no Unicode text; decode it again") from None
        if len(text) < shortest:
            raise _Refused(f"'{text}' is shorter than {shortest}")
        if pattern is not None and pattern.fullmatch(text) is None:
            raise _Refused(f"'{text}' does not match {pattern.pattern}")
        return text

    return settle_string


def _literal(kind: inspect.LiteralType) -> Settler:
    known = {(type(choice), choice): choice for choice in kind.values}

    def settle_literal(value: Any) -> Any:
        plain = str(value) if isinstance(value, str) else value
        plain = plain.item() if isinstance(plain, np.generic) else plain
        try:
            return known[type(plain), plain]
        except (KeyError, TypeError):
            choices = ", ".join(map(repr, kind.values))
            raise _Refused(f"{value!r} is none of {choices}") from None

    return settle_literal


def _items(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (tuple, list)):
        return tuple(value)
    if isinstance(value, np.ndarray):
        return tuple(value.tolist())
    raise _wrong(value, "a tuple")


def _each(pairs: Iterator[tuple[Settler, Any]]) -> Iterator[Any]:
    for index, (settler, item) in enumerate(pairs):
        try:
            yield settler(item)
        except _Refused as refused:
            raise _Refused(refused.problem, f"[{index}]{refused.path}") from None


def _sequence(kind: inspect.VarTupleType) -> Settler:
    settle_item = _settler(kind.item_type)
    fewest = kind.min_length or 0

    def settle_sequence(value: Any) -> tuple[Any, ...]:
        items = _items(value)
        if len(items) < fewest:
            raise _Refused(f"{len(items)} given, at least {fewest} needed")
        return tuple(_each((settle_item, item) for item in items))

    return settle_sequence


def _fixed(kind: inspect.TupleType) -> Settler:
    settlers = [_settler(item) for item in kind.item_types]

    def settle_fixed(value: Any) -> tuple[Any, ...]:
        items = _items(value)
        if len(items) != len(settlers):
            raise _Refused(f"{len(items)} given, {len(settlers)} needed")
        return tuple(_each(iter(zip(settlers, items, strict=True))))

    return settle_fixed


def _mapping(kind: inspect.DictType) -> Settler:
    settle_key, settle_item = _settler(kind.key_type), _settler(kind.value_type)

    def settle_mapping(value: Any) -> FrozenDict:
        if not isinstance(value, dict):
            raise _wrong(value, "a dict")
        settled = {}
        for key, item in value.items():
            try:
                settled[settle_key(key)] = settle_item(item)
            except _Refused as refused:
                raise _Refused(refused.problem, f"[{key!r}]{refused.path}") from None
        return FrozenDict(settled)

    return settle_mapping


def _union(kind: inspect.UnionType) -> Settler:
    """First the option whose Python type is the value's own, then the first that takes it."""
    options = [(_PYTHON_TYPES.get(type(option)), _settler(option)) for option in kind.types]

    def settle_union(value: Any) -> Any:
        plain = value.item() if isinstance(value, np.generic) else value
        for python_type, settler in options:
            if type(plain) is python_type:
                return settler(plain)
        problems = []
        for _, settler in options:
            try:
                return settler(plain)
            except _Refused as refused:
                problems.append(refused)
        raise problems[0]

    return settle_union


def _instance(kind: inspect.StructType | inspect.CustomType) -> Settler:
    def settle_instance(value: Any) -> Any:
        if not isinstance(value, kind.cls):
            raise _wrong(value, f"a {kind.cls.__name__}")
        return value

    return settle_instance


_PYTHON_TYPES: dict[type[inspect.Type], type] = {
    inspect.FloatType: float,
    inspect.IntType: int,
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.NoneType: type(None),
}

_SETTLERS: dict[type[inspect.Type], Callable[[Any], Settler]] = {
    inspect.FloatType: lambda kind: _bounded(_settle_float, kind),
    inspect.IntType: lambda kind: _bounded(_settle_int, kind),
    inspect.StrType: _string,
    inspect.BoolType: lambda _: _settle_bool,
    inspect.NoneType: lambda _: _settle_none,
    inspect.DateTimeType: lambda _: _settle_time,
    inspect.LiteralType: _literal,
    inspect.VarTupleType: _sequence,
    inspect.TupleType: _fixed,
    inspect.DictType: _mapping,
    inspect.UnionType: _union,
    inspect.StructType: _instance,
    inspect.CustomType: _instance,
}
