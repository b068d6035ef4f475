"""Do source estimates make sites, each fact counted once?"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from fuse_scenes import FRAME, HOUR, START, claim, place_of, rate_of, watching

from sillage.fuse.claims import looks_of, superseded
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.source_estimate import FoundSource, SourceEstimate

READINGS = tuple(letter * 64 for letter in "abc")


def rows(field: str, sources: int) -> Arrays:
    """One row along every dimension but `source`."""
    layout = SourceEstimate.LAYOUT[field]
    return Arrays(
        {
            name: np.zeros(
                [sources if axis == "source" else 1 for axis in column.dims],
                "<i8" if column.unit == "ns" else "<f8",
            )
            for name, column in layout.items()
        },
        dims={name: column.dims for name, column in layout.items()},
        units={name: column.unit for name, column in layout.items()},
    )


def estimate(
    after: timedelta,
    *places: tuple[float, float],
    parents: tuple[str, ...] = READINGS,
    gas: str = "methane",
) -> SourceEstimate:
    return SourceEstimate(
        observed_at=Interval(start=START + after, end=START + after + HOUR),
        parents=parents, gas=gas, frame=FRAME, verdict="located", reason="Made by hand.",
        number_of_sources=(0.0, 1.0),
        sources=tuple(
            FoundSource(
                probability=0.95, verdict="located", reason="Made by hand.",
                position=place_of(*at), position_std_m=10.0, regions=(), rate=rate_of(3.0),
            )
            for at in places
        ),
        **{name: rows(name, len(places)) for name in SourceEstimate.LAYOUT},  # type: ignore[arg-type]  # arrays
        sensors=("1",), effective_sample_size=100.0, method="made by hand", settings={},
    )  # fmt: skip


def test_each_source_of_an_estimate_becomes_a_site_with_its_rate() -> None:
    sites = watching()
    found = estimate(0 * HOUR, (0.0, 0.0), (400.0, 0.0))
    states = sites.observe([found], learned_at=START + 2 * HOUR)
    assert len({state.code for state in states}) == 2
    for state in states:
        assert state.basis == (found.id,)
        assert state.existence == pytest.approx(0.95)
        (substance,) = state.substances
        assert substance.gas == "methane"
        assert substance.rate is not None
        assert substance.rate.mean == pytest.approx(3.0)


def test_an_estimate_made_again_from_mostly_the_same_readings_stands_in_for_the_first() -> None:
    first = estimate(0 * HOUR, (0.0, 0.0), (400.0, 0.0))
    again = estimate(1 * HOUR, (403.0, 0.0), (5.0, 0.0))
    sites = watching()
    before = sites.observe([first], learned_at=START + 2 * HOUR)
    after = sites.observe([again], learned_at=START + 3 * HOUR)
    assert len(before) == len(after) == 2
    for old, new in zip(before, after, strict=True):
        assert (new.code, new.previous) == (old.code, (old.id,))
        assert new.existence == pytest.approx(0.95)
        assert new.basis == (first.id, again.id)
        assert abs(new.track[-1].place.lon - old.track[-1].place.lon) < 1e-4


def test_estimates_from_other_readings_or_of_another_gas_are_facts_of_their_own() -> None:
    first = estimate(0 * HOUR, (0.0, 0.0))
    other = estimate(1 * HOUR, (5.0, 0.0), parents=("d" * 64, "e" * 64, "c" * 64))
    gas = estimate(2 * HOUR, (5.0, 0.0), gas="ammonia")
    assert superseded([first, other, gas]) == {}
    sites = watching()
    sites.observe([first, other], learned_at=START + 4 * HOUR)
    assert sites.sites()[0].existence > 0.99


def test_an_estimate_made_from_a_detection_stands_in_for_it() -> None:
    seen = claim(0 * HOUR, gas="methane")
    found = estimate(0 * HOUR, (0.0, 0.0), parents=(*READINGS, seen.id))
    assert superseded([seen, found]) == {found.id: (seen.id,)}
    (look,) = looks_of([found, seen], FRAME)
    assert look.claims[0].also == (seen.id,)


def test_nothing_learned_changes_nothing() -> None:
    sites = watching()
    assert sites.observe([], learned_at=START) == ()
    assert sites.sites() == ()
