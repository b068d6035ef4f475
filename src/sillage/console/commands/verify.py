"""`sillage verify`: has anything in a ledger been changed, and does a proof hold?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sillage.watch.evidence import Proved, Verification


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage verify answer/ledger.sqlite --head 6:9f2c...")(verify)


def verify(
    ledger: Annotated[
        Path | None, typer.Argument(metavar="[LEDGER]", help="A ledger.sqlite.")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="COUNT:HASH",
            help="Head kept elsewhere, as in summary.json: shows a cut-off or rewritten tail too.",
        ),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Signed checkpoint kept elsewhere; needs --key."),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Proof of one record to check, instead of a ledger."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Public key of who signed, as text or as its file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Prove that a ledger is whole: every byte, every hash, every kept array, every key.

    Or, with --proof, that one record is in a ledger that you do not have. Nothing is asked of any
    network. Ends with 0 where all is well and 1 where it is not.
    """
    from sillage.errors import SettingError
    from sillage.watch import evidence

    if (ledger is None) == (proof is None):
        raise SettingError("name a ledger, or a proof with --proof")
    if proof is not None:
        if checkpoint is not None:
            raise SettingError("a proof holds its checkpoint itself; give --key or --head")
        holds = _tell_proof(proof, evidence.check_file(proof, head, key), as_json=as_json)
    elif ledger is not None:
        holds = _tell(ledger, evidence.check(ledger, head, checkpoint, key), as_json=as_json)
    else:
        holds = False
    raise typer.Exit(0 if holds else 1)


def _tell(ledger: Path, verified: Verification, *, as_json: bool) -> bool:
    if as_json:
        _print_json(
            whole=verified.whole,
            layout=verified.layout,
            entries=verified.entries,
            head=str(verified.head),
            keys=[{"key": str(one.key), "since": one.since} for one in verified.keys],
            findings=[str(finding) for finding in verified.findings],
        )
    elif verified.whole:
        typer.echo(f"Whole: {verified.entries} records, head {verified.head}")
        for one in verified.keys:
            typer.echo(f"Signed from entry {one.since} on with {one.key}")
    else:
        for finding in verified.findings:
            typer.echo(f"{ledger}: {finding}")
        count = len(verified.findings)
        counted = "1 finding" if count == 1 else f"{count} findings"
        typer.echo(f"Damaged: {counted}; take it from its source again")
    return verified.whole


def _tell_proof(proof: Path, proved: Proved, *, as_json: bool) -> bool:
    if as_json:
        _print_json(
            holds=proved.holds,
            id=proved.id,
            type=proved.type,
            entry=proved.index,
            head=str(proved.head),
            signer=proved.signer,
            findings=list(proved.findings),
        )
    elif proved.holds:
        typer.echo(f"Proved: {proved.type} {proved.id}")
        typer.echo(f"is entry {proved.index} of the ledger with head {proved.head}")
        typer.echo(f"signed   {proved.signer or 'not checked; give --key, or compare the head'}")
    else:
        for finding in proved.findings:
            typer.echo(f"{proof}: {finding}")
        typer.echo("Not proved: take the proof from its source again")
    return proved.holds


def _print_json(**told: object) -> None:
    import json

    typer.echo(json.dumps(told))
