"""How well is a rate known from ten minutes of tracer on arcs, where the place is known?

Project Prairie Grass, Nebraska, 1956: sulfur dioxide released half a metre above mown grass and
caught on arcs at 50 to 800 m. All odd runs that have meteorology, each by itself: ten minutes of
readings, one mean wind, its spread of direction, friction and Obukhov length. The place is known
within a metre and the height within a decimetre; the rate, the direction that the plume took and
how it grew are not. The law is the share of rates within a factor of two (FAC2), and how often the
90 % interval holds the rate that was released, with its interval score. Published peer, Gaussian
plumes fitted to the same arcs: fitted over released rate from 0.50 to 1.46.

Barad (ed.), Project Prairie Grass, Geophysical Research Paper 59, 1958.

    SILLAGE_DATA=DIR python benchmarks/prairie_grass_rates.py [--seeds 0 1 2]

One line a run goes to standard output; the runs and their summary to
results/prairie_grass_rates.json.
"""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _releases import ask_seeds, file_of_data, interval_score, readings_of, source_of, wind_of
from _results import spread, write_result

from sillage.air.mixing import ppm_from_kg_m3
from sillage.localise.estimate import locate
from sillage.localise.ground import Bounds
from sillage.records.context import Context
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.times import nanoseconds
from sillage.records.wind import Wind
from sillage.spectra.gas import gas

FRAME = LocalFrame(lon=-98.572, lat=42.493)
GAS = "sulfur_dioxide"
SAMPLED_S = 600.0
MAST_M = 2.0
KNOWN_M = 0.5
"""How far the place may be from where it was said to be, each way."""
HEIGHT_M = 0.05
"""The same of the height."""
KELVIN, PASCAL = 293.15, 94_500.0  # to ppm, and back to mass with the same


class Run(NamedTuple):
    """One release, and what the localiser is told of it."""

    name: str
    readings: Readings
    wind: Wind
    height_m: float
    rate_kg_h: float


def runs_of(arcs: Path, meteorology: Path) -> list[Run]:
    """All runs that have meteorology."""
    with meteorology.open(encoding="utf-8", newline="") as file:
        weather = {row["run"]: row for row in csv.DictReader(file)}
    samples: dict[str, list[dict[str, str]]] = {name: [] for name in weather}
    with arcs.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["run"] in samples and row["valid"] == "1":
                samples[row["run"]].append(row)
    return [
        _run(name, samples[name], weather[name], (arcs, meteorology))
        for name in sorted(weather, key=int)
    ]


def _run(
    name: str, samples: Sequence[dict[str, str]], air: dict[str, str], files: tuple[Path, Path]
) -> Run:
    """One release as records: every sampler was read by the same cell, and so is one sensor."""
    bearing = np.radians([float(row["azimuth_deg"]) for row in samples])
    distance = np.array([float(row["arc_m"]) for row in samples])
    height = np.array([float(row["z_sampler_m"]) for row in samples])
    kg_m3 = 1e-6 * np.array([float(row["conc_mg_m3"]) for row in samples])
    hour = samples[0]["time_cst"].partition("-")[0]
    began = datetime.strptime(f"{samples[0]['date']} {hour}", "%m/%d/%y %H%M").replace(tzinfo=UTC)
    start_ns = nanoseconds(began + timedelta(hours=6))
    start_ns -= start_ns % round(SAMPLED_S * 1e9)
    readings = readings_of(
        {
            "time_ns": np.full(len(samples), start_ns),
            "sensor": np.zeros(len(samples), dtype=np.int32),
            "value": ppm_from_kg_m3(kg_m3, gas(GAS).molar_mass_g_mol, KELVIN, PASCAL),
        },
        np.stack([distance * np.sin(bearing), distance * np.cos(bearing), height], axis=1),
        FRAME,
        gas=GAS,
        sensors=("samplers",),
        integration_s=SAMPLED_S,
        temperature_K=KELVIN,
        pressure_Pa=PASCAL,
        source=source_of(files[0]),
    )
    told = {key: np.array([float(value)]) for key, value in air.items() if key != "run"}
    speed = told["wind_speed_2m_ms"]
    wind = wind_of(
        {
            "time_ns": np.array([start_ns]),
            "sigma_v_m_s": speed * np.tan(np.radians(told["sigma_azimuth_deg"])),
        },
        speed,
        told["wind_from_deg"],
        interval_s=SAMPLED_S,
        height_m=MAST_M,
        source=source_of(files[1]),
        friction_velocity_m_s=float(air["u_star_ms"]),
        obukhov_m=float(air["obukhov_m"]),
    )
    released = samples[0]
    return Run(
        name,
        readings,
        wind,
        height_m=float(released["z_source_m"]),
        rate_kg_h=3.6 * float(released["q_g_s"]),
    )


def rate_of(run: Run, seed: int) -> dict[str, Any]:
    """Estimate one run's rate with one seed; gives its score and its time."""
    low, high = run.height_m - HEIGHT_M, run.height_m + HEIGHT_M
    about = Context(observed_at=run.wind.observed_at, name="release", heights_m=(low, high))
    started = time.perf_counter()
    estimate = locate(
        [run.readings],
        run.wind,
        frame=FRAME,
        bounds=Bounds(-KNOWN_M, KNOWN_M, -KNOWN_M, KNOWN_M),
        context=about,
        rng=np.random.default_rng(seed),
    )
    wall_s = time.perf_counter() - started
    return {
        "run": run.name,
        "seed": seed,
        "obukhov_m": run.wind.obukhov_m,
        "rate_ratio": round(estimate.sources[0].rate.median / run.rate_kg_h, 3),
        "low": round(estimate.sources[0].rate.low / run.rate_kg_h, 3),
        "high": round(estimate.sources[0].rate.high / run.rate_kg_h, 3),
        "inside_90": estimate.sources[0].rate.low <= run.rate_kg_h <= estimate.sources[0].rate.high,
        "interval_score": round(interval_score(estimate.sources[0].rate, run.rate_kg_h), 3),
        "weight_of_data": round(float(estimate.settings["weight_of_data"]), 3),
        "wall_s": round(wall_s, 2),
    }


def summarise(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Each figure over the runs, as its least, middle and greatest over the seeds."""
    seeds = [
        [score for score in scores if score["seed"] == seed]
        for seed in dict.fromkeys(score["seed"] for score in scores)
    ]
    ratios = [[score["rate_ratio"] for score in each] for each in seeds]
    return {
        "runs": len(seeds[0]),
        "seeds": len(seeds),
        "inside_90": spread(sum(s["inside_90"] for s in each) for each in seeds),
        "fac2": spread(np.mean([0.5 <= r <= 2.0 for r in each]) for each in ratios),
        "geometric_mean": spread(math.exp(np.mean(np.log(each))) for each in ratios),
        "geometric_std": spread(math.exp(np.std(np.log(each))) for each in ratios),
        "interval_score": spread(np.mean([s["interval_score"] for s in each]) for each in seeds),
        "rate_ratio": spread(score["rate_ratio"] for score in scores),
        "wall_s": spread(score["wall_s"] for score in scores),
    }


def main() -> None:
    """Estimate every run's rate with every seed and write the summary."""
    asked = ask_seeds(__doc__)
    arcs = file_of_data("prairie_grass", "arcs.csv")
    meteorology = file_of_data("prairie_grass", "meteorology.csv")
    if arcs is None or meteorology is None:
        print("skipped: set SILLAGE_DATA to the folder that holds the data set prairie_grass")
        return
    scores: list[dict[str, Any]] = []
    for seed in asked.seeds:
        for run in runs_of(arcs, meteorology):
            scores.append(rate_of(run, seed))
            print(json.dumps(scores[-1]), flush=True)
    summary = summarise(scores)
    print(json.dumps(summary))
    if not asked.dry:
        write_result("prairie_grass_rates", {"summary": summary, "runs": scores})


if __name__ == "__main__":
    main()
