"""`sillage ledger`: sign, prove, hand on and copy what was remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sillage.watch.evidence import Verification

app = typer.Typer(no_args_is_help=True, help="Sign a ledger, prove its records, copy it.")

Ledger = Annotated[Path, typer.Argument(metavar="LEDGER", help="A ledger.sqlite.")]
Key = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="Secret key, from 'sillage ledger key'.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write it there, and print nothing.")
]


@app.callback()
def _ledger() -> None:
    """Sign a ledger, prove its records, copy it."""


@app.command("key", epilog="Example:  sillage ledger key example.org/ledger ledger.key")
def key(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the ledger, an address of yours.")
    ],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Secret key to write, mode 600.")],
) -> None:
    """Make a signing key: a secret file of yours, and a public key to hand out, printed."""
    from sillage.watch import evidence

    typer.echo(evidence.new_key(name, out))


@app.command("rotate", epilog="Example:  sillage ledger rotate ledger.sqlite new.key --key old.key")
def rotate(
    ledger: Ledger,
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Secret key that is to sign.")],
    old: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Secret key in force; none for the first."),
    ] = None,
) -> None:
    """Let a ledger be signed with a new key from its next entry on, on the old key's word."""
    from sillage.watch import evidence

    entry = evidence.replace_key(ledger, new, old)
    typer.echo(f"Entry {entry.position} names the new key; what was signed before stays signed")


@app.command(
    "checkpoint", epilog="Example:  sillage ledger checkpoint ledger.sqlite --key ledger.key"
)
def checkpoint(ledger: Ledger, key: Key, out: Out = None) -> None:
    """Verify a ledger and sign what it is now, for others to keep."""
    from sillage.watch import evidence

    text = evidence.checkpoint(ledger, key, out)
    if out is None:
        typer.echo(text, nl=False)


@app.command(
    "proof", epilog="Example:  sillage ledger proof ledger.sqlite 3fa2... --out site.tlog-proof"
)
def proof(
    ledger: Ledger,
    record_id: Annotated[str, typer.Argument(metavar="ID", help="Whole id of the record.")],
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Signed checkpoint to prove it under."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Secret key to sign a checkpoint of now."),
    ] = None,
    out: Out = None,
) -> None:
    """Prove that a record is in a ledger; 'sillage verify --proof' checks it without the ledger."""
    from sillage.watch import evidence

    text = evidence.proof(ledger, record_id, checkpoint, key, out)
    if out is None:
        typer.echo(text, nl=False)


@app.command("tiles", epilog="Example:  sillage ledger tiles ledger.sqlite tiles --key ledger.key")
def tiles(
    ledger: Ledger,
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; it appears whole.")],
    key: Key,
) -> None:
    """Write the tree and a signed checkpoint as C2SP tlog-tiles, without what records say."""
    from sillage.watch import evidence

    typer.echo(f"{evidence.tiles(ledger, key, out)} tiles in {out}")


@app.command("backup", epilog="Example:  sillage ledger backup ledger.sqlite copy.sqlite")
def backup(
    ledger: Ledger,
    out: Annotated[Path, typer.Argument(metavar="COPY", help="File to write; it appears whole.")],
) -> None:
    """Copy a ledger, also while it is written, and verify the copy; back again restores it."""
    from sillage.watch import evidence

    _tell(out, evidence.backup(ledger, out))


@app.command("migrate", epilog="Example:  sillage ledger migrate old.sqlite ledger.sqlite")
def migrate(
    ledger: Annotated[Path, typer.Argument(metavar="OLD", help="A ledger of an older layout.")],
    out: Annotated[Path, typer.Argument(metavar="NEW", help="File to write; it appears whole.")],
) -> None:
    """Write a ledger of an older layout anew, record for record; older heads still prove it."""
    from sillage.watch import evidence

    _tell(out, evidence.migrate(ledger, out))


def _tell(out: Path, verified: Verification) -> None:
    typer.echo(f"{out}: whole, {verified.entries} records, head {verified.head}")
