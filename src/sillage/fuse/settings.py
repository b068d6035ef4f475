"""What is supposed about sites before any is known; none of it was fitted to a data set."""

from __future__ import annotations

from typing import NamedTuple

from sillage.errors import SettingError
from sillage.fuse.state import Motion
from sillage.fuse.update import Limits


class Settings(NamedTuple):
    """Priors and thresholds of `sillage.fuse.sites.Sites`."""

    motion: Motion = Motion()
    limits: Limits = Limits(least=0.01)
    density_km2: float = 0.01
    """Unknown sites that are to be expected on a square kilometre."""
    supposed_chance: float = 0.5
    """That a site which is on is found by a look whose coverage is not known."""
    appears: float = 0.5
    """Existence from which a site is told."""
    ends: float = 0.05
    """Existence below which a site that was told has ended."""
    silent: float = 0.15
    """Probability of being on below which a site that was looked at is silent."""
    one_place_odds: float = 19.0
    """Odds from which two sites are one."""
    moves_share: float = 0.3
    """Of the sites that end somewhere, how many go on elsewhere."""
    moves_m: float = 5000.0
    """Scale of the way that they move; a way of that length is a third as likely as none."""
    window_s: float = 7 * 86400.0
    """Time for which late data are put in their place."""
    told_change: float = 0.1
    """Change of existence that makes a new state."""


_SHARES = ("supposed_chance", "appears", "ends", "silent", "moves_share", "told_change")


def checked(settings: Settings) -> Settings:
    """The settings, unless they cannot be meant.

    Raises
    ------
    SettingError
        Names the setting and what it may be.
    """
    for name in _SHARES:
        if not 0.0 < (value := getattr(settings, name)) < 1.0:
            raise SettingError(f"fuse.{name}: {value:g} is no probability between 0 and 1; mend it")
    for name in ("density_km2", "moves_m", "window_s", "one_place_odds"):
        if not (value := getattr(settings, name)) > 0.0:
            raise SettingError(f"fuse.{name}: {value:g}; write a number above 0")
    if settings.ends >= settings.appears:
        raise SettingError(
            f"fuse.ends: {settings.ends:g} is not below fuse.appears, {settings.appears:g}; "
            "a site would end as it appears"
        )
    return settings
