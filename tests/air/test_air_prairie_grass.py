"""Does the plume hold against real tracer: Project Prairie Grass, 1956, arcs at 50 to 800 m.

Barad (ed.), Geophysical Research Paper 59, 1958. The law is that of Chang & Hanna (2004): the
share of predictions within a factor of two (FAC2), geometric mean bias (MG, observed over
predicted) and variance (VG) of arc maxima, all odd runs that have meteorology.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from sillage.air.growth import Growth, briggs, stability_class
from sillage.air.plume import point_coupling
from sillage.air.surface_layer import Layer, travel

ROUGHNESS_M = 0.006
ANEMOMETER_M = 2.0

Column = NDArray[np.float64]


class Arcs(NamedTuple):
    """One row per run and arc."""

    distance_m: Column
    rate_kg_s: Column
    source_m: Column
    sampler_m: Column
    largest_kg_m3: Column
    speed_m_s: Column
    sigma_azimuth: Column
    friction_m_s: Column
    obukhov_m: Column


class Score(NamedTuple):
    fac2: float
    mg: float
    vg: float


@pytest.fixture
def arcs(sillage_data: Path) -> Arcs:
    folder = sillage_data / "prairie_grass"
    with (folder / "meteorology.csv").open() as file:
        weather = {row["run"]: row for row in csv.DictReader(file)}
    largest: dict[tuple[str, float], dict[str, str]] = {}
    with (folder / "arcs.csv").open() as file:
        for row in csv.DictReader(file):
            key = row["run"], float(row["arc_m"])
            if row["run"] not in weather or row["valid"] != "1":
                continue
            if float(row["conc_mg_m3"]) > float(
                largest.get(key, {"conc_mg_m3": "0"})["conc_mg_m3"]
            ):
                largest[key] = row
    rows = [(row, weather[run]) for (run, _), row in sorted(largest.items())]
    air = {key: np.array([float(w[key]) for _, w in rows]) for key in rows[0][1]}
    arc = {
        key: np.array([float(r[key]) for r, _ in rows])
        for key in ("arc_m", "q_g_s", "z_source_m", "z_sampler_m", "conc_mg_m3")
    }
    return Arcs(
        distance_m=arc["arc_m"],
        rate_kg_s=arc["q_g_s"] * 1e-3,
        source_m=arc["z_source_m"],
        sampler_m=arc["z_sampler_m"],
        largest_kg_m3=arc["conc_mg_m3"] * 1e-6,
        speed_m_s=air["wind_speed_2m_ms"],
        sigma_azimuth=np.radians(air["sigma_azimuth_deg"]),
        friction_m_s=air["u_star_ms"],
        obukhov_m=air["obukhov_m"],
    )


def centreline(arcs: Arcs, growth: Growth, speed_m_s: Column) -> Column:
    """Predicted concentration on the axis, kg m-3."""
    nothing = np.zeros_like(arcs.distance_m)
    coupling = point_coupling(
        [[0.0, 0.0, arcs.source_m[0]]],
        np.stack([arcs.distance_m, nothing, arcs.sampler_m], axis=1),
        np.stack([speed_m_s, nothing], axis=1),
        growth,
    )[0]
    predicted: Column = arcs.rate_kg_s * coupling
    return predicted


def score(observed: Column, predicted: Column) -> Score:
    log_ratio = np.log(observed / predicted)
    return Score(
        fac2=float(np.mean(np.abs(log_ratio) <= np.log(2.0))),
        mg=float(np.exp(np.mean(log_ratio))),
        vg=float(np.exp(np.mean(log_ratio**2))),
    )


def estimated(arcs: Arcs) -> Column:
    layer = Layer(
        speed_m_s=arcs.speed_m_s,
        height_m=ANEMOMETER_M,
        tan_gamma_y=arcs.sigma_azimuth,
        friction_m_s=arcs.friction_m_s,
        obukhov_m=arcs.obukhov_m,
        roughness_m=ROUGHNESS_M,
    )
    speed, growth = travel(layer, arcs.distance_m, arcs.source_m)
    return centreline(arcs, growth, speed)


def plain_briggs(arcs: Arcs) -> Column:
    classes = [stability_class(float(length), ROUGHNESS_M) for length in arcs.obukhov_m]
    curves = [briggs("open-country", each) for each in classes]
    growth = Growth(*(np.array(column) for column in zip(*curves, strict=True)))
    return centreline(arcs, growth, arcs.speed_m_s)


@pytest.mark.data
def test_estimated_spread_predicts_prairie_grass_arc_maxima(arcs: Arcs) -> None:
    assert arcs.distance_m.size == 130
    found = score(arcs.largest_kg_m3, estimated(arcs))
    assert found.fac2 >= 0.82
    assert 0.9 <= found.mg <= 1.11


@pytest.mark.data
def test_estimated_spread_beats_a_plain_briggs_plume(arcs: Arcs) -> None:
    found = score(arcs.largest_kg_m3, estimated(arcs))
    plain = score(arcs.largest_kg_m3, plain_briggs(arcs))
    assert found.fac2 > plain.fac2 + 0.08
    assert found.vg < plain.vg


@pytest.mark.data
@pytest.mark.parametrize("distance_m", [50.0, 100.0, 200.0, 400.0, 800.0])
def test_every_arc_is_predicted(arcs: Arcs, distance_m: float) -> None:
    on_arc = arcs.distance_m == distance_m
    found = score(arcs.largest_kg_m3[on_arc], estimated(arcs)[on_arc])
    assert found.fac2 >= 0.8
    assert 0.8 <= found.mg <= 1.25
