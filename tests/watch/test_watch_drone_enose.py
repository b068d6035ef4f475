"""Does a cheap drifting nose on a drone, which cannot carry an answer, get none?

Two of the six flights of the drone_enose_nl set; where the CO2 is highest is over 100 m from the
source on most of its flights.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sillage.watch import verbs

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.data
@pytest.mark.timeout(600)
@pytest.mark.parametrize("flight", ["day1_100m", "day2_300m"])
def test_a_drifting_nose_is_read_and_nothing_is_pretended(
    flight: str, sillage_data: Path, tmp_path: Path
) -> None:
    assert (sillage_data / "drone_enose_nl").is_dir()
    survey = EXAMPLES / f"drone_enose_{flight}.toml"
    with verbs.answer_survey(survey, tmp_path / "out", tell=lambda _: None) as answered:
        estimate = answered.seen.estimates[0]
    assert estimate.fit.sizes["block"] > 100
    assert estimate.verdict != "located"
    assert estimate.reason.endswith(".")
