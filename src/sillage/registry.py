"""Which plug-ins are installed for a plug point, and how one is found by name.

A plug-in is an entry point in one of the groups of `GROUPS`. It is loaded when it is asked
for and not before; one that fails to load raises then, and is never skipped in silence.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sillage.errors import MissingPart, UnknownName

GROUPS = {
    "cubes": "open a file of an imaging spectrometer",
    "readers": "open a file of measurements",
    "localisers": "turn readings and wind into a source estimate",
}
"""Plug points that exist today: name of the entry-point group after `sillage.`, and its job."""


def installed(group: str) -> dict[str, EntryPoint]:
    """Entry points of one plug point, by name.

    Raises
    ------
    UnknownName
        There is no such plug point.
    """
    if group not in GROUPS:
        raise UnknownName("plug point", group, GROUPS)
    return {point.name: point for point in entry_points(group=f"sillage.{group}")}


def find(group: str, name: str) -> Any:
    """Load the plug-in `name` of a plug point.

    Raises
    ------
    UnknownName
        Nothing of that name is installed; says what is, and what is nearest.
    MissingPart
        It is installed but does not load; says why.
    """
    points = installed(group)
    if name not in points:
        raise UnknownName(group.removesuffix("s"), name, points)
    return load(group, points[name])


def load(group: str, point: EntryPoint) -> Any:
    """Load a plug-in that `installed` told of.

    Raises
    ------
    MissingPart
        It does not load; says why.
    """
    try:
        return point.load()
    except Exception as error:
        raise MissingPart(
            f"the {group.removesuffix('s')} '{point.name}' ({point.value}) is installed but "
            f"does not load: {type(error).__name__}: {error}. Reinstall the package it comes from."
        ) from error
