"""What is asked when the plumes of a cube of heat are to be named, and what is known beside it?

A question is made from what was typed, and refused where it cannot be meant: kelvin that are
degrees Celsius, a gas of no known name, a setting that does not exist.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from jaxtyping import Float64
from numpy import ndarray

from sillage.detect.contrast import PlumeTemperature
from sillage.errors import SettingError
from sillage.records.base import UtcTime
from sillage.records.quantity import NonNegative
from sillage.spectra.atmosphere import effective_range_m, read_atmosphere
from sillage.spectra.gas import gas as gas_named
from sillage.spectra.lwir import Path as AirPath
from sillage.watch.columns import Reading
from sillage.watch.typed import checked, typed_settings

AIR_STD_K = 1.5
"""Of a plume about the air, and of the air as it is told, where nobody says."""
_COLDEST_K, _HOTTEST_K = 150.0, 400.0
_COLDEST_C, _HOTTEST_C = -90.0, 60.0
_HUMIDITY_PERCENT = 50.0
_NOT_HERE = frozenset({"workers", "scratch"})
"""Of a reading: a cube of heat is looked at in this process, and leaves nothing half done."""
_AS_WARM = "plumes, and the air between them and the sensor, are taken to be as warm as each other"
_CLEAR = (
    "the air between plume and sensor is taken to be clear, and a plume that is not as warm as "
    "that air shows less through it; range_m or height_m says how much of it there is"
)
_TABLE = Path("atmosphere") / "lowtran7_horizontal_tau.npz"

Positive = Annotated[float, msgspec.Meta(gt=0.0)]


class Naming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for in a cube of heat, and what is known beside it."""

    false_plumes: Positive = 1.0
    """How many may be among the plumes."""
    per: Literal["scene", "km2"] = "scene"
    """What the false plumes are counted in."""
    outlines: str | None = None
    """GeoJSON with the plumes that are to be named, in place of those that stand out."""
    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.9
    """Of the probability that the answer set holds."""
    prior: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.5
    """Share of the claims that are real, before they are looked at."""
    plume_K: Positive | None = None
    """Temperature of the plumes, where it is not that of the air, such as of hot exhaust."""
    plume_std_K: NonNegative | None = None
    """One sigma of it; that of the air unless said."""
    range_m: NonNegative | None = None
    """Air between plume and sensor, near the ground; it counts where `plume_K` is told."""
    height_m: Positive | None = None
    """Of the sensor above the plume, in place of a range: the air thins with height."""
    off_nadir_deg: Annotated[float, msgspec.Meta(ge=0.0, lt=85.0)] = 0.0
    """How far the view is off straight down, for a height."""
    humidity_percent: Annotated[float, msgspec.Meta(ge=0.0, le=100.0)] | None = None
    """Relative humidity of that air; 50 unless said."""
    air_table: str | None = None
    """Table of clean air, `lowtran7_horizontal_tau.npz`; that of `$SILLAGE_DATA` unless said."""
    windows_nm: tuple[tuple[float, float], ...] = ()
    """Bands outside are left out, such as `8000-9400,10000-12000`."""
    pixel_m: Positive | None = None
    """Side of a pixel, where the cube has no places."""
    platform: str | None = None
    """Who carried the instrument, where the cube does not say."""
    instrument: str | None = None
    """What took the cube, where it does not say."""
    observed_at: UtcTime | None = None
    """When it was taken, where it does not say."""


class Asked(NamedTuple):
    """A question to a cube of heat."""

    cube: Path
    out: Path
    air: PlumeTemperature
    gases: tuple[str, ...] | None = None
    """That may be named; all that the instrument could tell where None."""
    reading: Reading = Reading()
    naming: Naming = Naming()

    @property
    def plume(self) -> PlumeTemperature:
        """Temperature of a plume: that of the air unless it was told."""
        mean, std = self.naming.plume_K, self.naming.plume_std_K
        return PlumeTemperature(
            mean_K=self.air.mean_K if mean is None else mean,
            std_K=self.air.std_K if std is None else std,
        )


def asked_of(
    cube: Path,
    out: Path,
    *,
    air: str,
    gases: Sequence[str] = (),
    given: Sequence[str] = (),
    false_plumes: float = 1.0,
) -> Asked:
    """A question from what was typed.

    Parameters
    ----------
    cube, out
        Which cube, and where the answer is written.
    air
        Temperature of the air in kelvin, and its error, with a comma between.
    gases
        Any names of those that may be named; all where there is none.
    given
        Settings as `key=value`, of `Naming` and of `Reading`.
    false_plumes
        How many may be among the plumes.

    Raises
    ------
    SettingError
        A setting is not known, or its value is wrong; names it.
    UnknownName
        The library has no such gas; names the nearest.
    """
    told = typed_settings(given, {Reading: _NOT_HERE, Naming: frozenset()}, "8000-12000")
    where = f"--false-plumes {false_plumes:g}"
    asked_for = {"false_plumes": checked("false_plumes", false_plumes, Naming, where)}
    naming = Naming(**asked_for | told[Naming])
    if naming.range_m is not None and naming.height_m is not None:
        raise SettingError("range_m and height_m both say how much air there is; give one of them")
    named = tuple(dict.fromkeys(gas_named(gas).name for gas in gases)) or None
    return Asked(cube, out, _air(air), named, Reading(**told[Reading]), naming)


def _air(typed: str) -> PlumeTemperature:
    """Air as 296 or 296,1.5."""
    mean, _, std = typed.partition(",")
    try:
        kelvin, error = float(mean), float(std) if std else AIR_STD_K
    except ValueError:
        raise SettingError(
            f"--air {typed}: write kelvin, and the error if it is known, as 296 or 296,1"
        ) from None
    if not _COLDEST_K <= kelvin <= _HOTTEST_K:
        celsius = kelvin if _COLDEST_C <= kelvin <= _HOTTEST_C else 22.0
        raise SettingError(
            f"--air {typed}: no air is {kelvin:g} K; write kelvin, which are degrees Celsius and "
            f"273.15: {celsius:g} degrees are {celsius + 273.15:g}. A plume hotter than the air is "
            "--set plume_K=..."
        )
    if not 0.0 <= error <= 50.0:
        raise SettingError(f"--air {typed}: an error of {error:g} K cannot be; write 296,1.5")
    return PlumeTemperature(mean_K=kelvin, std_K=error)


def air_before(
    asked: Asked, wavelength_nm: Float64[ndarray, " band"]
) -> tuple[AirPath, tuple[str, ...]]:
    """Air between plume and sensor at some bands, and what was supposed of it.

    A plume as warm as that air shows through any of it alike: what the plume's light loses, the
    air's own makes up for, and the ground is known as it is seen.

    Raises
    ------
    SettingError
        There is no table of clean air.
    NotEnoughInformation
        The air lies outside the table.
    """
    naming, kelvin = asked.naming, asked.air.mean_K
    if naming.range_m is None and naming.height_m is None:
        said = _AS_WARM if naming.plume_K is None else _CLEAR
        return AirPath(temperature_K=kelvin), (said,)
    if naming.height_m is not None:
        range_m = effective_range_m(naming.height_m, naming.off_nadir_deg)
    else:
        range_m = float(naming.range_m or 0.0)
    humidity = naming.humidity_percent
    supposed: tuple[str, ...] = ()
    if humidity is None:
        humidity = _HUMIDITY_PERCENT
        supposed = ("the air between plume and sensor is taken to have 50 % relative humidity",)
    through = read_atmosphere(_table(naming)).transmission(
        1e7 / wavelength_nm,
        range_m=range_m,
        temperature_K=kelvin,
        relative_humidity_percent=humidity,
    )
    return AirPath(transmission=through, temperature_K=kelvin), supposed


def _table(naming: Naming) -> Path:
    if naming.air_table is not None:
        return Path(naming.air_table)
    folder = os.environ.get("SILLAGE_DATA")
    if not folder:
        raise SettingError(
            "range_m and height_m need a table of clean air: set SILLAGE_DATA to the folder that "
            "holds the data set 'atmosphere', or give air_table=lowtran7_horizontal_tau.npz; "
            "'sillage data get atmosphere' says where it comes from"
        )
    return Path(folder) / _TABLE
