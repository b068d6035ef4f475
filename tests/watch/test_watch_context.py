"""Is what the user knew of the ground kept, obeyed, and part of the proof?"""

from __future__ import annotations

from pathlib import Path

import pytest

from sillage.errors import SettingError
from sillage.ledger import Ledger
from sillage.records.context import Context
from sillage.records.source_estimate import SourceEstimate
from sillage.watch import answer, verbs

KNOWN = """
[localise]
particles = 32
harvest = 1

[context]
heights_m = [0.0, 6.0]

[[context.zone]]
meaning = "exclude"
because = "the pond"
corners_m = [[-60, -60], [0, -60], [0, 60], [-60, 60]]
"""


def surveyed(folder: Path, known: str) -> Path:
    survey = verbs.play("farmyard", folder / "world", duration_s=600.0)
    survey.write_text(survey.read_text(encoding="utf-8") + known, encoding="utf-8")
    with verbs.answer_survey(survey, folder / "out", tell=lambda _: None):
        pass
    return folder / "out"


def test_a_context_is_obeyed_and_in_the_ledger(tmp_path: Path) -> None:
    ledger = surveyed(tmp_path, KNOWN) / answer.LEDGER
    assert verbs.check(ledger).whole
    with Ledger.open(ledger, read_only=True) as kept:
        records = list(kept)
        (known,) = (one for one in records if isinstance(one, Context))
        (found,) = (kept.get(one.id) for one in records if isinstance(one, SourceEstimate))
    assert isinstance(found, SourceEstimate)
    assert known.id in found.parents
    assert found.posterior["east_m"].min() >= 0.0
    assert found.posterior["height_m"].max() <= 6.0
    assert "the source is in no excluded zone: the pond" in found.assumptions
    assert found.settings["searched_m2"] == pytest.approx(60.0 * 120.0, rel=0.01)


def test_a_context_that_leaves_no_ground_stops_the_survey(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"no ground to search \(the pond\)"):
        surveyed(tmp_path, KNOWN.replace("[0, -60], [0, 60]", "[90, -60], [90, 61]"))
    assert not (tmp_path / "out").exists()
