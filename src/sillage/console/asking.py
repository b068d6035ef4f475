"""Can what was typed be meant: an output that is no input, a wind that blows?"""

from __future__ import annotations

import math
from pathlib import Path

from sillage.errors import SettingError

_FASTEST_M_S = 75.0  # of any wind that a plume was seen in


def see_output(option: str, out: Path, endings: tuple[str, ...], what: str) -> None:
    """Refuse an output whose name says that it holds something else.

    Parameters
    ----------
    option
        As it was typed.
    out
        Where to write.
    endings
        That are understood, the usual one first.
    what
        Is written there, in words.

    Raises
    ------
    SettingError
        Names the usual ending.
    """
    if out.suffix.lower() not in endings:
        raise SettingError(
            f"{option} {out}: {what}; name a file that ends in {endings[0]}, such as "
            f"{out.with_suffix(endings[0])}"
        )


def see_input_kept(option: str, out: Path, given: Path) -> None:
    """Refuse to write over the file that is read.

    Raises
    ------
    SettingError
        They are one file.
    """
    if out.exists() and given.exists() and out.samefile(given):
        raise SettingError(f"{option} {out}: that is the file that is read; name another")


def see_folder(option: str, out: Path) -> None:
    """Refuse an output in a folder that is not there, before the work is done.

    Raises
    ------
    SettingError
        Names the folder.
    """
    if not out.absolute().parent.is_dir():
        raise SettingError(f"{option} {out}: there is no folder {out.parent}; make it first")


def see_wind(typed: str) -> None:
    """Refuse a wind that cannot be meant: speed, where it comes from, and perhaps its error.

    Raises
    ------
    SettingError
        Says which of the numbers is wrong, and how a wind is written.
    """
    so = "write speed, where from, and error, as 4,270,1: m/s, degrees clockwise from north, m/s"
    try:
        numbers = [float(one) for one in typed.split(",")]
    except ValueError:
        numbers = []
    if not 2 <= len(numbers) <= 3 or not all(math.isfinite(one) for one in numbers):
        raise SettingError(f"--wind {typed}: {so}")
    speed, from_deg, *error = numbers
    wrong = ""
    if not 0.0 < speed <= _FASTEST_M_S:
        wrong = f"a speed of {speed:g} m/s; a plume is carried by more than 0 and less than 75"
        wrong += ". Leave the wind out to have masses alone" if speed == 0.0 else ""
    elif not 0.0 <= from_deg <= 360.0:
        wrong = f"a direction of {from_deg:g} degrees; it lies from 0 to 360"
    elif error and error[0] < 0.0:
        wrong = f"an error of {error[0]:g} m/s; it is 0 or more"
    if wrong:
        raise SettingError(f"--wind {typed}: {wrong}; {so}")
