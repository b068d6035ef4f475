"""Why is it this gas: the mean spectrum of a plume against its ground, and what fits it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sillage.records.arrays import Arrays
from sillage.records.base import Record
from sillage.records.layout import Layout, table
from sillage.records.provenance import Count
from sillage.records.quantity import Quantity


class PlumeSpectrum(Record, frozen=True, kw_only=True):
    """The light of a plume over that of the ground about it, band by band, and the fit.

    `bands`, over `band`, in order of wavelength:

    | array | unit | |
    |---|---|---|
    | wavelength_nm | nm | centre |
    | measured | 1 | ln of radiance of the plume over that of its ground |
    | fitted | 1 | the same by the gases, and by a change of brightness and slope |
    | ground | 1 | what else is expected of it, as the ground about the plume varies |
    | std | 1 | one sigma of `measured`, where it is known |
    """

    keeps_arrays: ClassVar[bool] = True
    LAYOUT: ClassVar[Mapping[str, Layout]] = {
        "bands": table("band", wavelength_nm="nm", measured="1", fitted="1", ground="1")
        | table("band", optional=True, std="1"),
    }

    gases: tuple[str, ...]
    """What was fitted, names in the gas library; none where no gas was named."""
    bands: Arrays
    pixels: Count
    """Of the plume, that were averaged."""
    controls: Count
    """Windows of clear ground that it was set against; 0 where the ground was modelled."""
    explained: float
    """Share of the difference from the ground that the gases explain; below 0 if they would have
    to brighten it."""
    column: Quantity | None = None
    """ppm m of the gas over the plume; None for several."""
    method: str
    assumptions: tuple[str, ...] = ()
