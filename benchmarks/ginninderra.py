"""How far off are rate and place in days of methane among nineteen instruments of four kinds?

The 2015 release at Ginninderra, Australia: 5.8 g/min from one point 0.3 m above grass, five-minute
means of open-path lasers, a scanning open-path FTIR, eddy-covariance towers and cavity ring-down
points. Each calendar day by itself, twice: with the place known within a metre, for the rate; and
with the box of all instruments and 50 m about it to search, for the place.

Used are all four kinds, by day and by night. Left out, and counted in each line:
- readings while the release was neither off nor within 5.7 to 6.0 g/min (ramps, and three days at
  up to 20 g/min), for an answer has one rate; Cartwright et al. keep the same band, and leave out
  the time without a release too, which here the localiser must find itself;
- days with less than an hour of that release (two of them, 6 and 9 five-minute intervals);
- five minutes with a mean wind below the localiser's calm.
All readings are five-minute means as published, though a scanning spectrometer looks along each of
its paths for a part of them only, which the table does not tell.
The table gives Obukhov lengths, but no friction velocity, no vertical turbulence and no height of
the mast. Friction is left to the localiser. The height is taken as that of the eddy tower at the
origin, 2.3 m, and the one standard deviation of wind that is given, along an axis of the anemometer
whose bearing is not given, as that across the wind.

Peer: known place, all days in one, median rate within 36 % of the release for the worst of the
kinds of instrument. Cartwright et al., Atmos. Meas. Tech. 12, 4659, 2019. Data: Geoscience
Australia, CC BY 4.0.

    SILLAGE_DATA=DIR python benchmarks/ginninderra.py [--seeds 0 1 2]

One line a run goes to standard output; the runs and their summary to results/ginninderra.json.
"""

from __future__ import annotations

import csv
import gzip
import json
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _releases import ask_seeds, file_of_data, interval_score, readings_of, source_of, wind_of
from _results import spread, write_result
from _score import score

from sillage.localise.estimate import locate
from sillage.localise.ground import Bounds
from sillage.localise.settings import Settings
from sillage.records.context import Context
from sillage.records.place import LocalFrame, Place
from sillage.records.provenance import SourceFile
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.times import nanoseconds
from sillage.records.wind import Wind
from sillage.watch.verbs import KnownSource

FRAME = LocalFrame(lon=149.1, lat=-35.2)
AVERAGED_S = 300.0
UTC_OFFSET_H = 10
MAST_M = 2.3
HEIGHT_M = (0.25, 0.35)
"""Lowest and highest source: 0.3 m, as in the peer's model."""
KNOWN_M = 0.5
"""How far the place may be from where it was said to be, each way, where it is known."""
AROUND_M = 50.0
"""Ground about the instruments that is searched where it is not."""
RATE_G_MIN = 5.8
BAND_G_MIN = (5.7, 6.0)
OF_PLACE = ("verdict", "off_m", "radius_90_m", "inside_90", "region_share")
FEWEST = 12
"""Five-minute intervals of release that a day must hold."""

Row = dict[str, str]


class Day(NamedTuple):
    """One day of readings, and what the localiser is told of it."""

    date: str
    readings: tuple[Readings, ...]
    wind: Wind
    on_share: float
    """Share of the five-minute intervals with a release."""
    left_out: int
    """Readings at another rate."""


def read_rows(file: Path) -> list[Row]:
    """All rows of the table."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def days_of(rows: Sequence[Row], source: SourceFile) -> list[Day]:
    """Days with enough of the release."""
    by_date: dict[str, list[Row]] = {}
    for row in rows:
        by_date.setdefault(row["Time"][:10], []).append(row)
    days = [_day(date, by_date[date], source) for date in sorted(by_date)]
    return [day for day in days if day is not None]


def _day(date: str, rows: Sequence[Row], source: SourceFile) -> Day | None:
    """One day as records; nothing where the release was too short."""
    kept = [row for row in rows if _is_on(row) or float(row["release_rate"]) == 0.0]
    first = {row["Time"]: row for row in kept}  # the air is the same in all rows of a time
    released = sum(_is_on(row) for row in first.values())
    if released < FEWEST:
        return None
    air = [first[moment] for moment in sorted(first)]
    kinds = dict.fromkeys(row["inst_group"] for row in kept)
    return Day(
        date,
        tuple(_batch([r for r in kept if r["inst_group"] == kind], air, source) for kind in kinds),
        _wind(air, source),
        on_share=released / len(first),
        left_out=len(rows) - len(kept),
    )


def _is_on(row: Row) -> bool:
    return BAND_G_MIN[0] <= float(row["release_rate"]) < BAND_G_MIN[1]


def _batch(rows: Sequence[Row], air: Sequence[Row], source: SourceFile) -> Readings:
    """All instruments of one kind."""
    names = tuple(sorted({row["inst_name"] for row in rows}))
    height = _column(rows, "z")
    ends = [_column(rows, "x1"), _column(rows, "y1"), height]
    if rows[0]["x2"] not in ("", "NA"):
        ends += [_column(rows, "x2"), _column(rows, "y2"), height]
    return readings_of(
        {
            "time_ns": _time_ns(rows),
            "sensor": np.array([names.index(row["inst_name"]) for row in rows], dtype=np.int32),
            "value": _column(rows, "Concentration"),
        },
        np.stack(ends, axis=1),
        FRAME,
        gas="methane",
        sensors=names,
        integration_s=AVERAGED_S,
        temperature_K=float(_column(air, "air_temp").mean()),
        pressure_Pa=float(_column(air, "air_pressure").mean()),
        source=source,
    )


def _wind(air: Sequence[Row], source: SourceFile) -> Wind:
    """Five-minute means of the one mast."""
    return wind_of(
        {
            "time_ns": _time_ns(air),
            "sigma_v_m_s": _column(air, "Ux_stdev."),
            "obukhov_m": _column(air, "L"),
        },
        _column(air, "wind_speed"),
        _column(air, "wind_dir"),
        interval_s=AVERAGED_S,
        height_m=MAST_M,
        source=source,
    )


def _column(rows: Sequence[Row], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([float(row[name]) for row in rows])


def _time_ns(rows: Sequence[Row]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Of local clocks, in UTC."""
    local = [datetime.fromisoformat(row["Time"]).replace(tzinfo=UTC) for row in rows]
    return np.array([nanoseconds(moment - timedelta(hours=UTC_OFFSET_H)) for moment in local])


def truth_of(row: Row) -> KnownSource:
    """Where the release was, and its rate."""
    east_m, north_m = float(row["source_x"]), float(row["source_y"])
    lon, lat = FRAME.to_lonlat(east_m, north_m)
    return KnownSource(
        place=Place(lon=float(lon), lat=float(lat)),
        east_m=east_m,
        north_m=north_m,
        rate_kg_h=0.06 * RATE_G_MIN,
    )


def box_of(rows: Sequence[Row]) -> Bounds:
    """All instruments, and the ground about them."""
    paths = [row for row in rows if row["x2"] not in ("", "NA")]
    east, north = (
        np.concatenate([_column(rows, f"{axis}1"), _column(paths, f"{axis}2")]) for axis in "xy"
    )
    return Bounds(
        *(float(east.min()) - AROUND_M, float(east.max()) + AROUND_M),
        *(float(north.min()) - AROUND_M, float(north.max()) + AROUND_M),
    )


def answer_day(
    day: Day, asked: str, bounds: Bounds, truth: KnownSource, seed: int
) -> dict[str, Any]:
    """Locate one day's source with one seed; gives its score and its time."""
    about = Context(observed_at=day.wind.observed_at, name="release", heights_m=HEIGHT_M)
    started = time.perf_counter()
    estimate = locate(
        day.readings,
        day.wind,
        frame=FRAME,
        bounds=bounds,
        context=about if asked == "rate" else None,
        settings=Settings(most_sources=1) if asked == "rate" else None,  # as the peer is told
        rng=np.random.default_rng(seed),
    )
    wall_s = time.perf_counter() - started
    (region,) = (one for one in estimate.sources[0].regions if one.level == 0.9)
    own = {
        "region_share": round(region.area_m2 / float(estimate.settings["searched_m2"]), 4),
        "interval_score": round(interval_score(estimate.sources[0].rate, truth.rate_kg_h), 3),
        "on_share": round(day.on_share, 2),
        "on_found": round(_on_found(estimate), 2),
        "readings_left_out": day.left_out,
        "readings_used": estimate.settings["readings_used"],
        "weight_of_data": round(float(estimate.settings["weight_of_data"]), 3),
        "vertical_factor": round(float(estimate.settings["learned_vertical_factor"]), 2),
        "wall_s": round(wall_s, 1),
    }
    told = {"day": day.date, "asked": asked, "seed": seed} | score(estimate, truth) | own
    # where the place is given, an answer about it says nothing
    return {k: v for k, v in told.items() if asked == "place" or k not in OF_PLACE}


def _on_found(estimate: SourceEstimate) -> float:
    on_fraction = estimate.sources[0].on_fraction
    assert on_fraction is not None
    return on_fraction.median


def summarise(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Shares and middles over the days, as their least, middle and greatest over the seeds."""
    return {
        asked: _summary([one for one in scores if one["asked"] == asked])
        for asked in dict.fromkeys(one["asked"] for one in scores)
    }


def _summary(scores: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same for one of the two questions."""
    seeds = [
        [one for one in scores if one["seed"] == seed]
        for seed in dict.fromkeys(one["seed"] for one in scores)
    ]
    summary: dict[str, Any] = {
        "days": len(seeds[0]),
        "seeds": len(seeds),
        "rate_error_median": spread(
            statistics.median(abs(one["rate_ratio"] - 1.0) for one in each) for each in seeds
        ),
        "rate_ratio": spread(one["rate_ratio"] for one in scores),
        "interval_score": _mean(seeds, "interval_score"),
        "rate_inside_90": _mean(seeds, "rate_inside_90"),
        "wall_s": spread(one["wall_s"] for one in scores),
    }
    if scores[0]["asked"] == "place":
        verdicts = [one["verdict"] for one in scores]
        summary |= {
            "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
            "inside_90": _mean(seeds, "inside_90"),
            "region_at_most_a_tenth": spread(
                statistics.mean(one["region_share"] <= 0.1 for one in each) for each in seeds
            ),
        } | {key: spread(one[key] for one in scores) for key in ("off_m", "region_share")}
    return summary


def _mean(seeds: Sequence[Sequence[dict[str, Any]]], key: str) -> dict[str, float]:
    """Mean over the days of each seed."""
    return spread(statistics.mean(one[key] for one in each) for each in seeds)


def main() -> None:
    """Answer both questions of every day with every seed and write the summary."""
    asked = ask_seeds(__doc__)
    table = file_of_data("ginninderra2015", "GA-inversion-data-1.csv.gz")
    if table is None:
        print("skipped: set SILLAGE_DATA to the folder that holds the data set ginninderra2015")
        return
    rows = read_rows(table)
    truth = truth_of(rows[0])
    near = Bounds(
        *(truth.east_m - KNOWN_M, truth.east_m + KNOWN_M),
        *(truth.north_m - KNOWN_M, truth.north_m + KNOWN_M),
    )
    questions = {"rate": near, "place": box_of(rows)}
    scores: list[dict[str, Any]] = []
    for seed in asked.seeds:
        for day in days_of(rows, source_of(table)):
            for question, bounds in questions.items():
                scores.append(answer_day(day, question, bounds, truth, seed))
                print(json.dumps(scores[-1]), flush=True)
    summary = summarise(scores)
    print(json.dumps(summary))
    if not asked.dry:
        write_result("ginninderra", {"questions": summary, "runs": scores})


if __name__ == "__main__":
    main()
