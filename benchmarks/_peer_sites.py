"""Scenes that Stone Soup simulates, and what its tracker makes of them.

Run by an interpreter that has stonesoup 1.9.1, and nothing of this project:

    python benchmarks/_peer_sites.py SCENE.json ANSWER.npz

SCENE holds seed, targets, clutter, scans and points (detections that begin a track). The scene:
targets of nearly constant velocity, born and dying, found in nine of ten scans with an error of
1 m, and uniform clutter. The tracker: global nearest neighbour over a k-d tree of the detections
(5 nearest), tracks begun by several detections and ended after four scans without one. ANSWER
holds truth, detections and estimates as (scan, east, north) rows, and the processor's seconds of
the tracker at each scan.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from stonesoup.dataassociator.tree import DetectionKDTreeGNN2D  # type: ignore[import-not-found]
from stonesoup.deleter.time import UpdateTimeStepsDeleter  # type: ignore[import-not-found]
from stonesoup.hypothesiser.distance import DistanceHypothesiser  # type: ignore[import-not-found]
from stonesoup.initiator.simple import MultiMeasurementInitiator  # type: ignore[import-not-found]
from stonesoup.measures import Mahalanobis  # type: ignore[import-not-found]
from stonesoup.models.measurement.linear import LinearGaussian  # type: ignore[import-not-found]
from stonesoup.models.transition.linear import (  # type: ignore[import-not-found]
    CombinedLinearGaussianTransitionModel,
    ConstantVelocity,
)
from stonesoup.predictor.kalman import KalmanPredictor  # type: ignore[import-not-found]
from stonesoup.simulator.simple import (  # type: ignore[import-not-found]
    MultiTargetGroundTruthSimulator,
    SimpleDetectionSimulator,
)
from stonesoup.tracker.simple import MultiTargetTracker  # type: ignore[import-not-found]
from stonesoup.types.state import GaussianState  # type: ignore[import-not-found]
from stonesoup.updater.kalman import KalmanUpdater  # type: ignore[import-not-found]

START = datetime(2026, 1, 1)  # noqa: DTZ001  # as Stone Soup counts
FOUND, NOISE_STD, DRIVE, SPEED_STD, DIES = 0.9, 1.0, 0.1, 3.0, 0.02
GATE = 4.0


def scene_of(asked: dict[str, int]) -> tuple[Any, Any, Any]:
    """A detection simulator, and the models of motion and measurement."""
    side = 100.0 * asked["targets"] ** 0.5
    motion = CombinedLinearGaussianTransitionModel([ConstantVelocity(DRIVE)] * 2)
    spread = np.diag([(side / 4) ** 2, SPEED_STD**2] * 2)
    truth = MultiTargetGroundTruthSimulator(
        transition_model=motion,
        initial_state=GaussianState([[0], [0], [0], [0]], spread, timestamp=START),
        timestep=timedelta(seconds=1),
        number_steps=asked["scans"],
        birth_rate=DIES * asked["targets"],
        death_probability=DIES,
        initial_number_targets=asked["targets"],
        seed=asked["seed"],
    )
    measure = LinearGaussian(4, (0, 2), np.diag([NOISE_STD**2] * 2), seed=asked["seed"])
    half = side / 2.0
    detect = SimpleDetectionSimulator(
        groundtruth=truth,
        measurement_model=measure,
        meas_range=np.array([[-half, half], [-half, half]]),
        detection_probability=FOUND,
        clutter_rate=asked["clutter"],
        seed=asked["seed"],
    )
    return detect, motion, measure


def tracker_of(motion: Any, measure: Any, points: int) -> Any:
    """The parts of a tracker; its detector is set scan by scan."""
    predictor, updater = KalmanPredictor(motion), KalmanUpdater(measure)
    near = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=GATE)
    deleter = UpdateTimeStepsDeleter(4)
    begin = MultiMeasurementInitiator(
        prior_state=GaussianState(
            [[0], [0], [0], [0]], np.diag([0.0, SPEED_STD**2, 0.0, SPEED_STD**2])
        ),
        deleter=UpdateTimeStepsDeleter(2),
        data_associator=DetectionKDTreeGNN2D(near, predictor, updater, number_of_neighbours=5),
        updater=updater,
        measurement_model=measure,
        min_points=points,
    )
    join = DetectionKDTreeGNN2D(near, predictor, updater, number_of_neighbours=5)
    return MultiTargetTracker(
        initiator=begin, deleter=deleter, detector=None, data_associator=join, updater=updater
    )


def answer(scene: Path, file: Path) -> None:
    """Simulate, track and write both down."""
    asked = json.loads(scene.read_text("utf-8"))
    simulator, motion, measure = scene_of(asked)
    np.random.seed(asked["seed"])  # noqa: NPY002  # what Stone Soup draws outside its seeds
    rows: dict[str, list[tuple[float, ...]]] = {"truth": [], "claims": [], "found": []}
    scans = []
    for scan, (when, detections) in enumerate(simulator):
        ordered = sorted(detections, key=lambda one: tuple(one.state_vector.ravel()))
        rows["claims"] += [(scan, *one.state_vector.ravel()) for one in ordered]
        paths = simulator.groundtruth.current[1]
        rows["truth"] += [(scan, *path[-1].state_vector[[0, 2]].ravel()) for path in paths]
        scans.append((when, set(ordered)))
    tracker = tracker_of(motion, measure, asked["points"])
    tracker.detector = scans
    seconds, turns = [], iter(tracker)
    for scan in range(len(scans)):
        began = time.process_time()
        _, tracks = next(turns)
        seconds.append(time.process_time() - began)
        rows["found"] += [(scan, *track.state_vector[[0, 2]].ravel()) for track in tracks]
    arrays = {name: np.array(told, dtype=float).reshape(-1, 3) for name, told in rows.items()}
    arrays["seconds"] = np.array(seconds)
    np.savez(file, **arrays)  # type: ignore[arg-type]  # names, and no option


if __name__ == "__main__":
    answer(Path(sys.argv[1]), Path(sys.argv[2]))
