"""`sillage verify`: has anything in a ledger been changed?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage verify answer/ledger.sqlite --head 6:9f2c...")(verify)


def verify(
    ledger: Annotated[Path, typer.Argument(metavar="LEDGER", help="A ledger.sqlite.")],
    head: Annotated[
        str | None,
        typer.Option(
            metavar="COUNT:HASH",
            help="Head kept elsewhere, as in summary.json: shows a cut-off or rewritten tail too.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Prove that a ledger is whole: every byte, every link, every kept array.

    Ends with 0 where it is whole and 1 where it is not.
    """
    import json

    from sillage.watch import verbs

    verified = verbs.check(ledger, head)
    if as_json:
        told = {
            "whole": verified.whole,
            "entries": verified.entries,
            "head": str(verified.head),
            "findings": [str(finding) for finding in verified.findings],
        }
        typer.echo(json.dumps(told))
    elif verified.whole:
        typer.echo(f"Whole: {verified.entries} records, head {verified.head}")
    else:
        for finding in verified.findings:
            typer.echo(f"{ledger}: {finding}")
        count = len(verified.findings)
        counted = "1 finding" if count == 1 else f"{count} findings"
        typer.echo(f"Damaged: {counted}; take it from its source again")
    raise typer.Exit(0 if verified.whole else 1)
