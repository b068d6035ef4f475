"""`sillage survey`: files in, an answer that can be acted on out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sillage.console.telling import progress

if TYPE_CHECKING:
    from sillage.console.report import Step
    from sillage.records.detection import Detection
    from sillage.records.source_estimate import FoundSource, SourceEstimate
    from sillage.watch.picture import Picture
    from sillage.watch.verbs import Answered, KnownSource


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage survey examples/chilbolton_s1.toml --out s1")(survey)


def survey(
    survey_file: Annotated[
        Path, typer.Argument(metavar="SURVEY.toml", help="Which files hold what, and the question.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the answer; it appears whole.")
    ],
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the random numbers, instead of the survey's own.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print summary.json instead of words.")
    ] = False,
) -> None:
    """Answer a survey: where is the source, how much, how sure.

    Writes report.html, sources.geojson, summary.json and ledger.sqlite into DIR; and
    detections.geojson where the survey has pictures from above.
    """
    from sillage.watch import answer, verbs

    with (
        progress(quiet=as_json) as tell,
        verbs.answer_survey(survey_file, out, seed=seed, tell=tell) as answered,
    ):
        tell("drawing the report")
        draw(answered)
    if as_json:
        typer.echo((out / answer.SUMMARY).read_text(encoding="utf-8"), nl=False)
        return
    for estimate in answered.seen.estimates:
        typer.echo(in_words(estimate))
    if answered.survey.pictures:
        typer.echo("\n".join(plumes_in_words(answered.seen.detections)))
    typer.echo(f"\nReport   {out / answer.REPORT}")
    typer.echo(f"Map      {out / answer.SOURCES}")
    if answered.survey.pictures:
        typer.echo(f"Plumes   {out / answer.DETECTIONS}")
    typer.echo(f"Proof    {out / answer.LEDGER}  head {answered.head}")
    typer.echo(f"Time     {answered.run_time_s:.1f} s")


def draw(answered: Answered, truths: Sequence[KnownSource] = ()) -> None:
    """Draw the report of a survey into its folder."""
    import sillage
    from sillage.console.report import Answer, Truth, draw_report
    from sillage.watch import answer

    seen = answered.seen
    drawn = Answer(
        survey=answered.survey.heading.name,
        estimates=tuple(seen.estimates),
        readings=tuple(seen.readings),
        wind=tuple(seen.wind),
        tracks=tuple(seen.tracks),
        scenes=tuple(seen.scenes),
        enhancements=tuple(seen.enhancements),
        spectra=tuple(seen.spectra),
        detections=tuple(seen.detections),
        search_area=answered.survey.area_on_map(),
        zones=answered.seen.context.zones if answered.seen.context is not None else (),
        steps=_steps(seen),
        version=sillage.__version__,
        command=shlex.join(["sillage", *sys.argv[1:]]),
        made_at=datetime.now(UTC),
        run_time_s=answered.run_time_s,
        truths=tuple(Truth(place=one.place, rate_kg_h=one.rate_kg_h) for one in truths),
        ledger=answer.LEDGER,
    )
    draw_report(drawn, answered.folder / answer.REPORT)


def _steps(seen: Picture) -> tuple[Step, ...]:
    """From the answer to the files; without one, from the most probable plume, or the picture."""
    from sillage.console.report import walk_back

    ranked = sorted(seen.detections, key=lambda one: -one.probability)
    first = (*seen.estimates, *ranked, *seen.enhancements, *seen.scenes)[0]
    return walk_back(first, seen.everything())


def plumes_in_words(found: Sequence[Detection]) -> list[str]:
    """The plumes in a line each, for a terminal."""
    from sillage.console.report.pictures import named

    lines = [f"{len(found)} {'plume' if len(found) == 1 else 'plumes'} seen from above"]
    for plume in sorted(found, key=lambda one: -one.probability):
        told = f"Plume    {plume.place.lat:.6f}, {plume.place.lon:.6f}  "
        told += f"{named(plume)}, {plume.probability:.1%} probable"
        if plume.mass is not None:
            told += f", {plume.mass.median:.3g} +- {plume.mass.std:.2g} kg"
        if plume.rate is not None:
            told += f", {plume.rate.median:.3g} +- {plume.rate.std:.2g} kg/h"
        lines.append(told)
    return lines


def in_words(estimate: SourceEstimate) -> str:
    """The answer in a few lines, for a terminal."""
    lines = [f"{estimate.verdict.capitalize()}. {estimate.reason}"]
    if estimate.verdict == "cannot tell":
        return lines[0]
    several = len(estimate.sources) > 1
    for number, source in enumerate(estimate.sources, start=1):
        if several:
            sure = f"exists with probability {source.probability:.2g}"
            called = f"Source {number}" + (f", {source.facility}" if source.facility else "")
            lines += ["", f"{called}: {source.verdict}, {sure}"]
        if source.verdict != "cannot tell":
            lines += _source_in_words(estimate.gas, source)
    return "\n".join(lines)


def _source_in_words(gas: str, source: FoundSource) -> list[str]:
    place, rate, wide = source.position, source.rate, source.regions[-1]
    return [
        f"Place    {place.lat:.6f}, {place.lon:.6f}  (latitude, longitude; WGS 84)",
        f"         one sigma {source.position_std_m:.1f} m",
        f"Region   {wide.level:.0%} within {wide.area_m2:.0f} m2",
        f"         as large as a circle of {wide.equivalent_radius_m:.1f} m radius",
        f"Rate     {rate.median:.3g} kg/h of {gas}",
        f"         {rate.level:.0%} from {rate.low:.3g} to {rate.high:.3g} kg/h",
    ]
