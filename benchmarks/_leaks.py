"""What does a leak of known rate look like over a real scene, and what is then said of it?

A wind is drawn, with meanders, eddies and a profile; a source leaks into it for a quarter of an
hour; the columns that a picture from above would see are put over a scene. One world is one seed.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from _grounds import Floats
from _implants import GAS, seen_of

from sillage.detect.claims import claims_of, position_std_px
from sillage.detect.mass import Amount, Breeze, rate_of
from sillage.detect.plumes import with_rims
from sillage.records.cube import MemoryCube
from sillage.simulate import World, world_from
from sillage.simulate.airflow import blow, measure
from sillage.simulate.overhead import View, columns_above
from sillage.simulate.scenes import implant
from sillage.spectra.swir import kg_per_ppm_m3

PIXEL_M = 7.0
"""Of all scenes."""
LASTS_S = 900.0
AVERAGED_S = 300.0
"""Over which a mast says what the wind was."""
ASKED = 5.0
"""False plumes a scene."""
MAST_M = 10.0
MAST_STD = 0.15
"""Of the speed, one sigma: what is said of a mast beside the source."""
MODEL_STD = 0.3
"""The same of a weather model, which `sillage detect` takes where nobody says."""
_STEP_S = 0.5
_SPEEDS_M_S = (2.0, 8.0)
_OBUKHOV_M = (-20.0, -100.0, None, 100.0)  # convective to stable


class Leak(NamedTuple):
    """A scene with a plume of known rate."""

    cube: MemoryCube
    column_ppm_m: Floats
    """Of what was put there."""
    at_px: tuple[float, float]
    """Line and sample of the source."""
    rate_kg_h: float
    winds: dict[str, Breeze]
    """`mast`: at 10 m beside the source, over the last five minutes. `model`: the same with an
    error of three tenths. `at the plume`: of the mast, as if it blew at the plume's height."""


class Estimate(NamedTuple):
    """What is said of a leak that is found."""

    true_kg_h: float
    rates: dict[str, Amount]
    """By how the wind is known."""
    held_kg: float
    """Of the gas that was put there, what lies in the outline and its rim."""
    mass_kg: Amount
    length_m: float
    strongest_m: float
    """From the source to the strongest pixel."""
    upwind_m: float
    """From the source to the end of the outline that is furthest up the wind of the mast."""
    beyond_m: float
    """How far that end lies up the wind of the source; below 0 it lies downwind."""
    position_std_m: float
    """What the detection says of the strongest pixel's place."""


def leaking_world(rate_kg_h: float, shape: tuple[int, int], rng: np.random.Generator) -> World:
    """A source in a wind of chance, upwind of the middle of a scene."""
    low, high = _SPEEDS_M_S
    speed, from_deg = low * (high / low) ** rng.random(), 360.0 * rng.random()
    up = math.radians(from_deg)
    size = PIXEL_M * min(shape)
    east, north = (0.1 * size * (2.0 * rng.random(2) - 1.0)).tolist()
    return world_from(
        {
            "name": "a leak seen from above",
            "gas": GAS,
            "start": "2026-05-09T12:00:00Z",
            "duration_s": LASTS_S,
            "step_s": _STEP_S,
            "origin": {"lon": 0.0, "lat": 0.0},
            "area": {"west_m": -size, "east_m": size, "south_m": -size, "north_m": size},
            "wind": {
                "speed_m_s": speed,
                "from_deg": from_deg,
                "roughness_m": 0.03 * 10.0 ** rng.random(),
                "obukhov_m": _OBUKHOV_M[rng.integers(len(_OBUKHOV_M))],
            },
            "mast": {"height_m": MAST_M},
            "sources": [
                {
                    "name": "leak",
                    "east_m": 0.2 * size * math.sin(up) + east,
                    "north_m": 0.2 * size * math.cos(up) + north,
                    "height_m": 2.0,
                    "rate_kg_h": rate_kg_h,
                }
            ],
            # nobody is there to smell it, but a world has a sensor
            "instruments": {"none": {}},
            "sensors": [
                {"kind": "point", "name": "none", "instrument": "none", "east_m": 0, "north_m": 0}
            ],
        }
    )


def leak_over(cube: MemoryCube, rate_kg_h: float, rng: np.random.Generator) -> Leak:
    """Put the plume of a leak over a scene."""
    shape = cube.lines, cube.samples
    world = leaking_world(rate_kg_h, shape, rng)
    steps = round(LASTS_S / _STEP_S)
    air = blow(world, steps, rng)
    west, north = -0.5 * PIXEL_M * shape[1], 0.5 * PIXEL_M * shape[0]
    view = View(*shape, PIXEL_M, west, north)
    column = columns_above(world, air, view, rng) / kg_per_ppm_m3(GAS)
    (source,) = world.sources
    at = (north - source.north_m) / PIXEL_M - 0.5, (source.east_m - west) / PIXEL_M - 0.5
    mast = _mean(*measure(world, air, steps - round(AVERAGED_S / _STEP_S), rng))
    told = mast.speed_m_s * math.exp(MODEL_STD * rng.standard_normal())
    winds = {
        "mast": mast,
        "model": mast._replace(speed_m_s=told, speed_std_m_s=MODEL_STD * told),
        "at the plume": mast._replace(height_m=None),
    }
    return Leak(implant(cube, GAS, column).cube, column, at, rate_kg_h, winds)


def _mean(speed_m_s: Floats, from_deg: Floats) -> Breeze:
    """The vector mean of a mast's log."""
    towards = np.radians(from_deg + 180.0)
    east = float((speed_m_s * np.sin(towards)).mean())
    north = float((speed_m_s * np.cos(towards)).mean())
    speed = math.hypot(east, north)
    angle = math.degrees(math.atan2(east, north)) % 360.0
    return Breeze(speed, MAST_STD * speed, angle, math.degrees(MAST_STD), MAST_M)


def estimate_of(leak: Leak) -> Estimate | None:
    """What is said of a leak; None where it is not found.

    It is found where a claim reaches half its strongest column. Of several claims, into which a
    plume may break, that which holds most of the gas is taken.
    """
    seen = seen_of(leak.cube)._replace(pixel_m=PIXEL_M)
    told = claims_of(seen, ASKED)
    half = 0.5 * leak.column_ppm_m.max()
    inside = [one.plume.of(leak.column_ppm_m) for one in told.claims]
    held = [float(one.sum()) if one.max() > half else 0.0 for one in inside]
    if not held or max(held) == 0.0:
        return None
    best = int(np.argmax(held))
    claim = told.claims[best]
    mass, length = claim.mass_kg, claim.length_m
    if mass is None or length is None:
        raise AssertionError("a pixel has a size")
    rim = with_rims(seen.columns, told.found.plumes)[best]
    towards = math.radians(leak.winds["mast"].towards_deg)
    north = leak.at_px[0] - claim.plume.line  # pixels from the source
    east = claim.plume.sample - leak.at_px[1]
    along = east * math.sin(towards) + north * math.cos(towards)
    end, away = int(np.argmin(along)), PIXEL_M * np.hypot(east, north)
    return Estimate(
        true_kg_h=leak.rate_kg_h,
        rates={name: rate_of(mass, length, wind) for name, wind in leak.winds.items()},
        held_kg=float(rim.of(leak.column_ppm_m).sum()) * PIXEL_M**2 * kg_per_ppm_m3(GAS),
        mass_kg=mass,
        length_m=length.value,
        strongest_m=float(away[0]),
        upwind_m=float(away[end]),
        beyond_m=-PIXEL_M * float(along[end]),
        position_std_m=position_std_px(told.scale_px) * PIXEL_M,
    )
