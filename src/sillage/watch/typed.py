"""What do settings say that were typed as `key=value`, and are they settings at all?"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_type_hints

import msgspec

from sillage.errors import SettingError

Group = type[msgspec.Struct]

_WINDOWS = "windows_nm"


def typed_settings(
    given: Sequence[str], groups: Mapping[Group, frozenset[str]], window: str
) -> dict[Group, dict[str, Any]]:
    """Values of typed settings, by the group that each belongs to.

    Parameters
    ----------
    given
        As `key=value`.
    groups
        Structs whose fields may be typed, each with those that may not.
    window
        An example of wavelengths, for whoever mistypes them.

    Raises
    ------
    SettingError
        A setting is not known, or its value is wrong; names it.
    """
    known: dict[str, Group] = {}
    for group, hidden in groups.items():
        names = {one.name for one in msgspec.structs.fields(group)} - hidden
        known |= dict.fromkeys(names, group)
    told: dict[Group, dict[str, Any]] = {group: {} for group in groups}
    for one in given:
        key, equals, value = (part.strip() for part in one.partition("="))
        if not equals or key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise SettingError(
                f"--set {one}: write key=value, with a key of {', '.join(sorted(known))}.{hint}"
            )
        where = f"--set {one}"
        typed: Any = _windows(where, value, window) if key == _WINDOWS else value
        told[known[key]][key] = checked(key, typed, known[key], where)
    return told


def checked(key: str, value: Any, group: Group, where: str) -> Any:
    """A value as its field has it.

    Raises
    ------
    SettingError
        The field does not take it; says where it stands and which there are.
    """
    try:
        whole = msgspec.convert({key: value}, group, strict=False)
    except msgspec.ValidationError as error:
        choices = get_args(get_type_hints(group)[key])
        words = f"; one of {', '.join(map(str, choices))}" if "enum" in str(error) else ""
        raise SettingError(f"{where}: {error}{words}") from None
    return getattr(whole, key)


def _windows(where: str, value: str, example: str) -> list[tuple[float, float]]:
    """Windows as 2110-2450,1600-1700."""
    windows = []
    for window in value.split(","):
        low, _, high = window.partition("-")
        try:
            ends = float(low), float(high)
        except ValueError:
            ends = (0.0, 0.0)
        if not 0.0 < ends[0] < ends[1]:
            raise SettingError(f"{where}: write wavelengths in nm, such as {example}")
        windows.append(ends)
    return windows
