"""`sillage gas`: the gas library."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The gas library.")


@app.command("list", epilog="Example:  sillage gas list --json")
def list_gases(
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the gases that a survey can name."""
    import msgspec

    from sillage.spectra.gas import library

    gases = list(library().values())
    if as_json:
        typer.echo(msgspec.json.encode(gases).decode())
        return
    for one in gases:
        also = f"  also {', '.join(one.names)}" if one.names else ""
        typer.echo(
            f"{one.name:22} {one.formula:8} {one.cas:12} {one.molar_mass_g_mol:7.2f} g/mol{also}"
        )


@app.callback()
def _gas() -> None:
    """The gas library."""
