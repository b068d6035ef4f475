"""Is every source of an answer told, drawn and held against its own truth?"""

from __future__ import annotations

import dataclasses

import msgspec
from made_two_sources import two_sources_answer
from test_console_report import parsed

from sillage.console.report import page
from sillage.console.report.verdict import sentence


def test_every_source_is_on_the_map_in_the_table_and_over_time() -> None:
    answer = two_sources_answer()
    estimate = answer.estimates[0]
    reader = parsed(page(answer))
    text = "".join(reader.text)
    assert "Located: two methane sources" in text
    for number, source in enumerate(estimate.sources, start=1):
        assert f"Source {number}" in text
        assert source.reason in text
        assert f"{source.position.lat:.5f}"[:-1] in text
    looks = [str(marks.get("class")) for _, marks in reader.seen]
    assert looks.count("panel chances") == 1
    assert looks.count("panel output") == looks.count("panel density-figure") == 2
    maps = looks.count("panel map")
    assert maps == 4  # the area, a close-up of each, and where one more reading would tell most
    assert looks.count("truth-dot") == 2 * 3
    assert text.count("The truth is known here") == 2
    assert "the posterior mean of source 2" in text


def test_each_truth_is_told_of_the_source_that_it_is_nearest_to() -> None:
    answer = two_sources_answer()
    estimate = answer.estimates[0]
    for swapped in (answer, dataclasses.replace(answer, truths=answer.truths[::-1])):
        rates = [swapped.truth_of(estimate, source) for source in (0, 1)]
        assert [truth and truth.rate_kg_h for truth in rates] == [1.2, 0.5]
    one = dataclasses.replace(answer, truths=answer.truths[1:])
    assert one.truth_of(estimate, 0) is None


def test_a_source_that_is_not_sure_is_told_but_not_claimed() -> None:
    answer = two_sources_answer()
    first, second = answer.estimates[0].sources
    doubted = msgspec.structs.replace(
        second, probability=0.3, verdict="cannot tell", reason="It may not be there."
    )
    estimate = msgspec.structs.replace(answer.estimates[0], sources=(first, doubted), id="")
    text = "".join(parsed(page(dataclasses.replace(answer, estimates=(estimate,)))).text)
    assert f"{first.position.lat:.5f}" in sentence(estimate)
    assert "It may not be there." in text
    assert "Rate in all" not in text
