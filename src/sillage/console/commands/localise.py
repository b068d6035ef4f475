"""`sillage localise`: only the estimate, for scripts."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sillage.console.commands.survey import in_words
from sillage.console.telling import progress


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage localise SURVEY.toml --out estimate.json")(localise)


def localise(
    survey_file: Annotated[
        Path, typer.Argument(metavar="SURVEY.toml", help="Which files hold what, and the question.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the SourceEstimate record there."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the random numbers, instead of the survey's own.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the estimate as JSON instead of words.")
    ] = False,
) -> None:
    """Locate the source of a survey, without report and ledger."""
    import msgspec

    from sillage.atomic import whole_file
    from sillage.errors import SettingError
    from sillage.records.base import canonical
    from sillage.watch import answer, verbs

    with ExitStack() as stack:
        half_done = stack.enter_context(whole_file(out)) if out else None
        aside = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "answer"
        tell = stack.enter_context(progress(quiet=as_json))
        with verbs.answer_survey(survey_file, aside, seed=seed, tell=tell) as answered:
            if not answered.seen.estimates:
                raise SettingError(
                    f"{survey_file.name}: no [[readings]], and a source is located by them; what "
                    "pictures show stands in the detections of `sillage survey`"
                )
            estimate = answered.seen.estimates[0]
        if half_done:
            half_done.write_bytes(canonical(estimate) + b"\n")
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(answer.plain(estimate))).decode())
    else:
        typer.echo(in_words(estimate))
