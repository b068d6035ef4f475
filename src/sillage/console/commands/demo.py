"""`sillage demo`: hidden sources, found before your eyes, with the score at the end."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from sillage.console.commands.survey import draw
from sillage.console.telling import progress

if TYPE_CHECKING:
    from sillage.watch.verbs import Answered, KnownSource


_BEFORE = """\
Three worlds, each with a hidden source. A simulator that knows the truth writes what the
instruments would log; a survey that sees only these logs says where the source is. It takes
a minute or two.
"""
_SCENES = {
    "quarry": "methane, and eight samplers on the rim of a quarry",
    "farmyard": "ammonia, and seven laser beams across a yard",
    "warehouse": "acetone, and a drone that flies lanes downwind of a roof",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage demo --no-browser --seed 7")(demo)


class Score(NamedTuple):
    """How one answer stands against the truth."""

    world: str
    verdict: str
    reason: str
    off_m: float
    radius_m: float
    inside: bool
    rate_kg_h: tuple[float, float, float]
    true_rate_kg_h: float
    report: Path


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for worlds and answers.")
    ] = Path("demo-out"),
    browser: Annotated[
        bool,
        typer.Option("--browser/--no-browser", help="Open the reports where there is a screen."),
    ] = True,
    duration: Annotated[
        float | None,
        typer.Option(metavar="S", min=1.0, max=604_800.0, help="Seconds to play of each world."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the worlds and answers, instead of their own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Play three worlds with hidden sources, survey them, and score the answers.

    A quarry with samplers on its rim, a farmyard under laser beams, a warehouse over which a drone
    flies lanes. The simulator knows the truth; the survey sees only the logs.
    """
    import json

    from sillage.watch import verbs

    out.mkdir(parents=True, exist_ok=True)
    if not as_json:
        typer.echo(_BEFORE)
    scores = []
    for world in verbs.DEMO_WORLDS:
        with progress(quiet=as_json) as tell:
            tell(f"{world}: playing the world")
            survey_file = verbs.play(world, out / world, seed=seed, duration_s=duration)
            truth = verbs.truth_of(survey_file)
            with verbs.answer_survey(
                survey_file, out / f"{world}-answer", seed=seed, tell=_named(world, tell)
            ) as answered:
                draw(answered, truth)
        scores.append(_score(world, answered, truth[0]))
        if not as_json:
            typer.echo(_in_words(scores[-1]))
    if as_json:
        told = [score._asdict() | {"report": str(score.report)} for score in scores]
        typer.echo(json.dumps(told))
        return
    held = sum(score.inside for score in scores)
    typer.echo(f"Score: {held} of {len(scores)} sources lie in their 90 % region.")
    typer.echo("A report opens in any browser, without internet.")
    if browser and _has_screen():
        for score in scores:
            webbrowser.open(score.report.absolute().as_uri())


def _named(world: str, tell: Callable[[str], None]) -> Callable[[str], None]:
    return lambda text: tell(f"{world}: {text}")


def _score(world: str, answered: Answered, truth: KnownSource) -> Score:
    from sillage.watch import answer, verbs

    estimate = answered.seen.estimates[0]
    source = estimate.sources[0]
    rate = source.rate
    return Score(
        world=world,
        verdict=estimate.verdict,
        reason=estimate.reason,
        off_m=verbs.off_m(estimate, truth.place),
        radius_m=source.regions[-1].equivalent_radius_m,
        inside=verbs.inside(estimate, truth.place),
        rate_kg_h=(rate.low, rate.median, rate.high),
        true_rate_kg_h=truth.rate_kg_h,
        report=answered.target / answer.REPORT,
    )


def _in_words(score: Score) -> str:
    (low, middle, high), true = score.rate_kg_h, score.true_rate_kg_h
    holds = "holds" if score.inside else "misses"
    told = [f"{score.world}: {_SCENES.get(score.world, '')}", f"  verdict  {score.verdict}"]
    if score.verdict == "cannot tell":
        told += [f"  because  {score.reason}"]
    else:
        told += [
            f"  place    {score.off_m:.1f} m from the truth; the 90 % region {holds} it,",
            f"           and is as large as a circle of {score.radius_m:.1f} m radius",
            f"  rate     {middle:.2g} kg/h, from {low:.2g} to {high:.2g}; in truth {true:.2g}",
        ]
    return "\n".join([*told, f"  report   {score.report}\n"])


def _has_screen() -> bool:
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
