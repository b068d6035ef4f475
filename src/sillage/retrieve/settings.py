"""What shapes a retrieval, and which methods and groups are there?"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from sillage.retrieve.masks import MaskSettings

Group = Literal["auto", "column", "window", "scene", "cluster"]
"""Pixels that share a background."""

ENOUGH_LINES = 5
"""For each band: a detector column that long has a background of its own."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every choice of a retrieval; the defaults suit every scene that was tried."""

    group: Group = "auto"
    """Which pixels share a background: a detector column; the lines of it nearby; all; all alike.
    Unless said, a column where the grid is the sensor's and it is long enough, else ground
    alike."""
    window_lines: Annotated[int, msgspec.Meta(ge=64)] = 512
    """Length of a window, of which the middle half is kept."""
    clusters: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    """Kinds of ground, where they are told apart."""
    scale_px: Annotated[float, msgspec.Meta(gt=0.0)] = 2.0
    """Width of the Gaussian that neighbours are averaged with: of plumes a few pixels wide."""
    held_out: Annotated[float, msgspec.Meta(ge=0.0)] = 6.0
    """Where neighbours stand so many sigma above the background together, they, and those around
    them down to a third of it, do not belong to it; 0 keeps all."""
    straight: bool = True
    """Whether deep absorption is corrected, which a unit absorption takes too little of."""
    windows_nm: tuple[tuple[float, float], ...] = ()
    """Wavelengths that are used; where the gas absorbs and around it if none are given."""
    masks: MaskSettings = MaskSettings()
    """Which pixels are left out."""
