"""Which things can go wrong on purpose, and what each asks the user to do.

    SillageError                 anything this package raises deliberately
    ├── InputError               what came in is wrong: exit code 1, the user can mend it
    │   ├── ReadError            a file cannot be read as declared (names file, row, field)
    │   ├── SettingError         a survey, world or command setting is wrong (names the key)
    │   ├── UnknownName          no plug-in, gas or data set of that name (names the nearest)
    │   └── NoSpectrum           a gas has no cross section where it is asked for (names where)
    ├── RecordError              a record breaks its own law: naive time, infinity, changed id
    ├── LedgerError              a ledger is damaged, or cannot be written
    ├── NotEnoughInformation     the numbers allow no answer of the kind asked for
    └── MissingPart              an optional dependency or a plug-in cannot be loaded

Every message says what, where and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SillageError(Exception):
    """Anything this package raises deliberately."""

    exit_code = 2


class InputError(SillageError):
    """What came in is wrong; the message names the place and the remedy."""

    exit_code = 1


class ReadError(InputError):
    """A file cannot be read as its map declares."""

    def __init__(self, file: str, problem: str, *, row: int | None = None) -> None:
        self.file = file
        self.row = row
        where = file if row is None else f"{file}, row {row}"
        super().__init__(f"{where}: {problem}")


class SettingError(InputError):
    """A setting in a survey, a world or a command is wrong."""


class UnknownName(InputError):
    """Nothing of that name is installed."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        installed = sorted(known)
        near = difflib.get_close_matches(name, installed, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        listed = ", ".join(installed) if installed else "none"
        super().__init__(f"no {kind} called '{name}'.{hint} Known: {listed}.")


class NoSpectrum(InputError):
    """A gas has no cross section in the range that is asked for."""

    def __init__(
        self, gas: str, low_cm: float, high_cm: float, windows: Iterable[tuple[float, float]]
    ) -> None:
        known = list(windows)
        listed = ", ".join(f"{low:g} to {high:g}" for low, high in known)
        in_nm = ", ".join(f"{1e7 / high:.0f} to {1e7 / low:.0f}" for low, high in known)
        has = "the library has none of it: import"
        if known:
            has = f"the library has {listed} cm-1 ({in_nm} nm): take an instrument that sees there,"
            has += " or import"
        super().__init__(
            f"no cross section of {gas} over all of {low_cm:.1f} to {high_cm:.1f} cm-1 "
            f"({1e7 / high_cm:.0f} to {1e7 / low_cm:.0f} nm); {has} "
            "one that reaches here with 'sillage gas import'"
        )


class RecordError(SillageError):
    """A record breaks its own law."""


class LedgerError(SillageError):
    """A ledger is damaged, or cannot be written."""


class NotEnoughInformation(SillageError):
    """The numbers allow no answer of the kind asked for."""


class MissingPart(SillageError):
    """An optional dependency or a plug-in cannot be loaded."""
