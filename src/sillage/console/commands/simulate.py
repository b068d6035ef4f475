"""`sillage simulate`: a world with known truth, as the files that users bring."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sillage.console.telling import progress


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage simulate quarry --out quarry --seed 3")(simulate)


def simulate(
    world: Annotated[
        str,
        typer.Argument(
            metavar="WORLD",
            help="A WORLD.toml, or one that comes along: quarry, farmyard, warehouse.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the files; it appears whole.")
    ],
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the world's own.")] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="S", min=1.0, max=604_800.0, help="Seconds to play, instead of the world's own."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the paths as JSON.")] = False,
) -> None:
    """Play a world and write what its instruments would log.

    Writes SURVEY.toml, the logs, and truth.json, which no survey reads.
    """
    import json

    from sillage.watch import verbs

    with progress(quiet=as_json) as tell:
        tell("playing the world")
        survey_file = verbs.play(world, out, seed=seed, duration_s=duration)
    if as_json:
        typer.echo(json.dumps({"survey": str(survey_file), "truth": str(out / "truth.json")}))
    else:
        typer.echo(f"Wrote {out}. Next:  sillage survey {survey_file} --out answer")
