"""How does a cube of heat enter a survey: what is asked of it, and the records that it gives.

    cube -> Scene -> PlumeSpectrum, Detection

Plumes are those of `sillage identify`, each with the gases that it may be made of.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import msgspec

from sillage.detect.contrast import PlumeTemperature
from sillage.detect.plume_spectra import heat_spectrum_of
from sillage.records.base import Record
from sillage.records.detection import Detection
from sillage.records.place import HeightAbove
from sillage.records.quantity import NonNegative
from sillage.sense.files import resolve
from sillage.spectra.gas import gas as gas_named
from sillage.watch.columns import Reading
from sillage.watch.identifications import Answered, named_plumes
from sillage.watch.naming import AIR_STD_K, Asked, Naming
from sillage.watch.scenes import Entered, enter
from sillage.watch.thinking import think

Tell = Callable[[str], None]


class HeatMap(Naming, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cube of heat, in which plumes are looked for and named."""

    file: str
    air_K: Annotated[float, msgspec.Meta(ge=150.0, le=400.0)]
    """Temperature of the air at the plumes, in kelvin: degrees Celsius and 273.15."""
    air_std_K: NonNegative = AIR_STD_K
    """One sigma of it."""
    gases: tuple[str, ...] = ()
    """That may be named; all that the instrument could tell where none is given."""
    sensor_height_m: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    """Of the sensor, where the file does not say; `height_above` says from what."""
    height_above: HeightAbove = "ground"
    read: Reading = Reading()


async def look_at_heat(wanted: HeatMap, base: Path, tell: Tell) -> AsyncIterator[Record]:
    """The records of one cube, each when all that it rests on was given.

    Parameters
    ----------
    wanted
        Its table of the survey file.
    base
        Folder of the survey file.
    tell
        Told what happens.

    Raises
    ------
    InputError
        The cube, a gas or a setting is wrong; or the file says too little to be a scene.
    NotEnoughInformation
        The instrument sees no heat, or not the gas; or the scene is too small.
    """
    tell(f"reading {wanted.file}")
    entered = await think(enter, wanted, base)
    yield entered.scene
    asked = _asked(wanted, entered, base)
    answered = await think(
        named_plumes,
        entered.cube,
        asked,
        parents=(entered.scene.id,),
        tell=lambda said: tell(f"{wanted.file}: {said}"),
    )
    for record in await think(_recorded, entered, answered):
        yield record


def _asked(wanted: HeatMap, entered: Entered, base: Path) -> Asked:
    scene = entered.scene
    values = {name: getattr(wanted, name) for name in Naming.__struct_fields__}
    for name in ("outlines", "air_table"):
        if values[name] is not None:
            values[name] = str(resolve(values[name], base))
    values |= {"platform": scene.platform, "instrument": scene.instrument}
    values["observed_at"] = scene.observed_at.start
    named = tuple(dict.fromkeys(gas_named(gas).name for gas in wanted.gases)) or None
    air = PlumeTemperature(mean_K=wanted.air_K, std_K=wanted.air_std_K)
    return Asked(entered.path, entered.path, air, named, entered.reading, Naming(**values))


def _recorded(entered: Entered, answered: Answered) -> list[Record]:
    """Each claim's spectrum, and the detection that rests on it."""
    scene = entered.scene
    records: list[Record] = []
    for named, detection in zip(answered.plumes, answered.records, strict=True):
        if detection is None or named.spectrum is None:
            continue
        spectrum = heat_spectrum_of(
            named.spectrum,
            named.plume.line.size,
            observed_at=scene.observed_at,
            parents=(scene.id,),
        )
        parents = (scene.id, spectrum.id)
        rests: Detection = msgspec.structs.replace(
            detection, id="", parents=parents, observed_at=scene.observed_at
        )
        records += [spectrum, rests]
    return records
