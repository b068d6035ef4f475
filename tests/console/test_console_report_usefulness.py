"""Is the best place for one more reading told and drawn, and are the right readings listed?"""

from __future__ import annotations

import dataclasses

import made_answers as made
import msgspec
import numpy as np
from test_console_report import blanked, parsed

from sillage.console.drawing.scales import number
from sillage.console.report import page
from sillage.console.report.usefulness import MOST_READINGS, best_place


def test_the_best_place_is_told_in_degrees_and_marked_once() -> None:
    answer = made.answer()
    estimate = answer.estimates[0]
    gain = estimate.advice["gain"]
    east, north = best_place(estimate)
    row = list(estimate.advice["north_m"]).index(north)
    column = list(estimate.advice["east_m"]).index(east)
    assert gain[row, column] == gain.max()
    lon, lat = estimate.frame.to_lonlat(east, north)
    reader = parsed(page(answer))
    text = "".join(reader.text)
    assert f"{float(lat):.5f}, {float(lon):.5f}" in text
    assert f"{number(float(gain.max()), 2)} nats are expected" in text
    assert [marks.get("class") for _, marks in reader.seen].count("best") == 2  # and the legend


def test_no_place_is_named_where_no_reading_would_tell() -> None:
    answer = made.answer()
    estimate = answer.estimates[0]
    idle = msgspec.structs.replace(estimate, advice=blanked(estimate.advice, gain=0.0), id="")
    reader = parsed(page(dataclasses.replace(answer, estimates=(idle,))))
    assert "Nowhere would a single reading tell" in "".join(reader.text)
    assert "best" not in [marks.get("class") for _, marks in reader.seen]


def test_the_readings_that_mattered_most_are_listed_most_first() -> None:
    answer = made.answer()
    fit = answer.estimates[0].fit
    used = np.where(fit["used"] > 0, fit["influence"], 0.0)
    text = "".join(parsed(page(answer)).text)
    listed = text[text.index("The readings that mattered most") :]
    places = []
    for k in np.argsort(-used)[:MOST_READINGS]:
        values = (fit["measured"][k], fit["modelled"][k])
        places.append(listed.index("".join(number(float(value)) for value in values)))
    assert places == sorted(places)
    assert len(places) == MOST_READINGS


def test_readings_without_influence_are_not_listed() -> None:
    answer = made.answer()
    estimate = answer.estimates[0]
    mute = msgspec.structs.replace(estimate, fit=blanked(estimate.fit, influence=0.0), id="")
    text = "".join(parsed(page(dataclasses.replace(answer, estimates=(mute,)))).text)
    assert "mattered most" not in text
