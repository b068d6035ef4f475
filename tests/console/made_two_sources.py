"""A made answer with two sources, the second of which comes and goes."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import made_answers as made
import msgspec
import numpy as np

from sillage.console.report import Answer, Truth, walk_back
from sillage.records.base import Interval
from sillage.records.place import Place
from sillage.records.source_estimate import FoundSource

TWO = (((52.0, 40.0), 1.0, 1.31, 0.998), ((80.0, 72.0), 1.6, 0.42, 0.97))
"""Where two sources are: centre, spread, rate and probability."""


def two_sources_answer(seed: int = 4) -> Answer:
    """Two sources, the second of which comes and goes."""
    case = made.Case(
        reason="Two sources together explain 83 % of what rises above the background, and the "
        "90 % regions are 0.21 % and 0.53 % of the search area.",
        centres=tuple(centre for centre, _, _, _ in TWO),
    )
    whole = made.answer(seed, case, name="Gas yard, afternoon")
    rng = np.random.default_rng(seed)
    found = []
    for index, (centre, spread_m, rate_kg_h, likely) in enumerate(TWO):
        draws = np.array(centre) + rng.normal(size=(made.DRAWS, 2)) * spread_m
        rate = rng.lognormal(np.log(rate_kg_h), 0.15, made.DRAWS)
        on = rng.normal(0.5 if index else 0.97, 0.01, made.DRAWS)
        spells = [made.START + timedelta(minutes=30 * n) for n in range(3)]
        source = FoundSource(
            probability=likely,
            verdict="located",
            reason=f"Its 90 % region is {'0.21' if index == 0 else '0.53'} % of the search area.",
            position=made.place_of(draws),
            position_std_m=float(np.sqrt(draws.var(axis=0).sum())),
            regions=(
                made.region(draws, 0.5, [np.array(centre)]),
                made.region(draws, 0.9, [np.array(centre)]),
            ),
            rate=made.rate_of(rate),
            on_fraction=msgspec.structs.replace(made.rate_of(on), unit="1"),
            schedule=tuple(Interval(start=t, end=t + timedelta(minutes=15)) for t in spells)
            if index == 1
            else (Interval(start=made.START, end=made.START + timedelta(seconds=5400)),),
        )
        found.append((source, draws, rate))
    first = whole.estimates[0]
    both = made.estimate_of(rng, case, found, (0.001, 0.029, 0.93, 0.04), first.parents)
    true = [made.FRAME.to_lonlat(*at) for at in ((51.4, 40.9), (81.0, 70.6))]
    return dataclasses.replace(
        whole,
        estimates=(both,),
        steps=walk_back(both, [*whole.readings, *whole.wind]),
        truths=tuple(
            Truth(place=Place(lon=float(lon), lat=float(lat)), rate_kg_h=rate)
            for (lon, lat), rate in zip(true, (1.2, 0.5), strict=True)
        ),
    )
