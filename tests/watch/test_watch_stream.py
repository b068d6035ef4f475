"""Is a long survey answered window by window where its file asks for that?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import surveys

from sillage.errors import SettingError
from sillage.watch.survey import load_survey

STREAM = "\n[stream]\nwindow_s = 1200.0\n"


def test_a_survey_in_windows_ends_with_one_answer_and_keeps_the_earlier_ones(
    tmp_path: Path,
) -> None:
    path = surveys.write(tmp_path / "field", survey=surveys.SURVEY + STREAM)
    seen = surveys.answer(path)
    (last,) = seen.estimates
    (first,) = seen.earlier
    assert first.observed_at.end <= last.observed_at.end
    summary = json.loads((path.parent / "out" / "summary.json").read_text(encoding="utf-8"))
    assert [window["id"] for window in summary["windows"]] == [first.id]
    assert [estimate["id"] for estimate in summary["estimates"]] == [last.id]
    with surveys.ledger(path) as ledger:
        assert all(key in ledger for key in (first.id, last.id, *last.parents))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('gas = "methane"', 'gas = "methane"\nlocaliser = "mine"'), "answered by the localiser"),
        (("window_s = 1200.0", "window_s = 5.0"), "stream.window_s"),
        (("window_s = 1200.0", "windows = 5.0"), "window_s"),
    ],
)
def test_what_cannot_be_answered_in_windows_is_said(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    text = (surveys.SURVEY + STREAM).replace(*change)
    with pytest.raises(SettingError, match=says):
        load_survey(surveys.write(tmp_path / "field", survey=text))


def test_windows_need_an_area_that_stays(tmp_path: Path) -> None:
    head, _, rest = (surveys.SURVEY + STREAM).partition("[survey.area]")
    text = head + rest[rest.index("[[readings]]") :]
    with pytest.raises(SettingError, match=r"\[stream\] needs survey.area"):
        load_survey(surveys.write(tmp_path / "field", survey=text))
