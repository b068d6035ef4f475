"""What does pyELQ make of its tutorial problem from a cold start?

Run by an interpreter that has pyelq, and nothing of this project:

    python benchmarks/_peer_pyelq.py PROBLEM.npz ANSWER.npz

It is told the raw readings and wind, and does the rest as its tutorial does, priors included, but
for one thing: the tutorial hands its chain the true sources to begin with; here the map of sources
is empty, so that pyELQ draws its own.
"""

from __future__ import annotations

import importlib.metadata
import sys
import time
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped, unused-ignore]
from pyelq.component.background import (  # type: ignore[import-not-found]
    SpatioTemporalBackground,
)
from pyelq.component.error_model import BySensor  # type: ignore[import-not-found]
from pyelq.component.offset import PerSensor  # type: ignore[import-not-found]
from pyelq.component.source_model import Normal  # type: ignore[import-not-found]
from pyelq.coordinate_system import ENU  # type: ignore[import-not-found]
from pyelq.dispersion_model.gaussian_plume import (  # type: ignore[import-not-found]
    GaussianPlume,
)
from pyelq.gas_species import CH4  # type: ignore[import-not-found]
from pyelq.meteorology.meteorology import Meteorology  # type: ignore[import-not-found]
from pyelq.model import ELQModel  # type: ignore[import-not-found]
from pyelq.preprocessing import Preprocessor  # type: ignore[import-not-found]
from pyelq.sensor.beam import Beam  # type: ignore[import-not-found]
from pyelq.sensor.sensor import Sensor, SensorGroup  # type: ignore[import-not-found]
from pyelq.source_map import SourceMap  # type: ignore[import-not-found]

KEPT = 1000  # iterations at the end


def frame(places: Any = None) -> Any:
    """Metres about the origin, as the ground has them; without a map pyELQ would move it."""
    local = ENU(ref_latitude=0, ref_longitude=0, ref_altitude=0)
    if places is not None:
        local.from_array(np.atleast_2d(places))
    return local


def sensors_of(problem: Any, stamps: Any) -> Any:
    """Its sensors, with the raw readings."""
    group = SensorGroup()
    for number, (path, ppm) in enumerate(zip(problem["sensors"], problem["ppm"], strict=True)):
        is_point = np.array_equal(path[:3], path[3:])
        sensor = Sensor() if is_point else Beam()
        sensor.label = f"sensor {number}"
        sensor.location = frame(path[:3] if is_point else path.reshape(2, 3)).to_lla()
        sensor.time, sensor.concentration = stamps, ppm
        group.add_sensor(sensor)
    return group


def air_of(problem: Any, stamps: Any) -> Any:
    """Its wind."""
    air = Meteorology()
    ones = np.ones(stamps.size)
    air.time = stamps
    air.wind_direction, air.wind_speed = problem["from_deg"], problem["speed_m_s"]
    air.calculate_uv_from_wind_speed_direction()
    air.temperature = float(problem["temperature_K"]) * ones
    air.pressure = 1e-3 * float(problem["pressure_Pa"]) * ones
    air.wind_turbulence_horizontal = float(problem["turbulence_deg"]) * ones
    air.wind_turbulence_vertical = float(problem["turbulence_deg"]) * ones
    return air


def priors(site: Any) -> dict[str, Any]:
    """The tutorial's priors, with a map of sources that is empty."""
    source = Normal()
    source.emission_rate_mean = np.array([0], ndmin=1)
    source.initial_precision = np.array([1 / 2.5**2], ndmin=1)
    source.reversible_jump, source.rate_num_sources = True, 1.0
    source.update_precision, source.site_limits = False, site
    source.coverage_detection, source.coverage_test_source = 0.1, 3.0
    empty = SourceMap()
    empty.location = frame()
    source.dispersion_model = GaussianPlume(source_map=empty)
    background = SpatioTemporalBackground()
    background.n_time, background.mean_bg, background.spatial_dependence = None, 2.0, True
    background.initial_precision, background.precision_time_0 = 1 / 3e-4**2, 1 / 0.1**2
    background.spatial_correlation_param, background.update_precision = 25.0, False
    offset = PerSensor()
    offset.update_precision, offset.initial_precision = False, 1 / 0.001**2
    error = BySensor()
    error.initial_precision = 1 / 0.1**2
    error.prior_precision_shape = error.prior_precision_rate = 1e-2
    return {
        "source_model": source,
        "background": background,
        "offset_model": offset,
        "error_model": error,
    }


def coupling_off(problem: Any, group: Any, air: Any) -> float:
    """Largest difference of a coupling to the true sources, as a share of the sensor's largest."""
    truth = SourceMap()
    truth.location = frame(problem["truth"][:, :3])
    plume = GaussianPlume(source_map=truth)
    worst = 0.0
    for sensor, told in zip(group.values(), problem["coupling"], strict=True):
        own = plume.compute_coupling(sensor, air, CH4(), run_interpolation=False)
        worst = max(worst, float(np.max(np.abs(own - told)) / np.max(own)))
    return worst


def solve() -> None:
    """Read the problem, run the chain, write what its last iterations say."""
    problem = np.load(sys.argv[1])
    np.random.seed(int(problem["seed"]))  # noqa: NPY002  # pyELQ draws from the global one
    begin = pd.Timestamp(int(problem["start_ns"]))
    stamps = (begin + pd.to_timedelta(problem["time_s"], unit="s")).array
    group, air = sensors_of(problem, stamps), air_of(problem, stamps)
    off = coupling_off(problem, group, air)
    edges = (begin + pd.to_timedelta(problem["edges_s"], unit="s")).array
    binned = Preprocessor(
        time_bin_edges=edges, sensor_object=group, met_object=air, aggregate_function="median"
    )
    binned.filter_on_met(filter_variable=["wind_speed"], lower_limit=[0.05], upper_limit=[np.inf])
    medians = np.stack([one.concentration.ravel() for one in binned.sensor_object.values()])
    model = ELQModel(
        sensor_object=binned.sensor_object,
        meteorology=binned.met_object,
        gas_species=CH4(),
        **priors(problem["site"]),
    )
    model.n_iter = int(problem["iterations"])
    wall, cpu = time.monotonic(), time.process_time()
    model.initialise()
    model.to_mcmc()
    model.run_mcmc()
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    model.from_mcmc()
    source = model.components["source"]
    place = source.all_source_locations
    np.savez(
        sys.argv[2],
        version=importlib.metadata.version("pyelq"),
        wall_s=wall,
        cpu_s=cpu,
        coupling_off=off,
        medians=medians,
        number=source.number_on_sources.ravel()[-KEPT:],
        east_m=place.east[:, -KEPT:],
        north_m=place.north[:, -KEPT:],
        rate_kg_h=source.emission_rate[:, -KEPT:],
    )


if __name__ == "__main__":
    solve()
