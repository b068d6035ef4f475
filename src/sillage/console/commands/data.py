"""`sillage data`: real data sets, by checksum."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sillage.console.telling import progress
from sillage.errors import SettingError

if TYPE_CHECKING:
    from sillage.watch.datasets import DataSet, State

app = typer.Typer(no_args_is_help=True, help="Real data sets, by checksum.")


@app.callback()
def _data() -> None:
    """Real data sets, by checksum."""


@app.command("list", epilog="Example:  sillage data list")
def list_sets(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the registry as JSON, with URLs and sums.")
    ] = False,
) -> None:
    """List the real data sets that examples and tests use, and where they come from."""
    import msgspec

    from sillage.watch.datasets import data_sets

    known = data_sets().values()
    if as_json:
        typer.echo(msgspec.json.encode(list(known)).decode())
        return
    for one in known:
        public = sum(file.url is not None for file in one.files)
        size_mb = sum(file.size_bytes for file in one.files) / 1e6
        typer.echo(f"{one.name}: {one.title}")
        typer.echo(f"  files    {len(one.files)}, {size_mb:.1f} MB, {public} to download")
        typer.echo(f"  here     {_where(one)}")
        typer.echo(f"  home     {one.home}")
        typer.echo(f"  licence  {one.licence}")
        typer.echo(f"  cite     {one.citation}")
        typer.echo(f"  split    {one.split}\n")


@app.command("get", epilog="Example:  sillage data get drone_enose_nl --out datasets")
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As `sillage data list` names it.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder of data sets; SILLAGE_DATA when not given."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the state of each file as JSON.")
    ] = False,
) -> None:
    """Download a real data set where it is not here yet, and verify every byte of it.

    The set becomes DIR/NAME. Ends with 0 where it is whole; with 2 where files are missing, such
    as those that were derived from public ones and cannot be downloaded.
    """
    import json

    from sillage.watch import datasets

    wanted = datasets.data_set(name)
    folder = _folder(out) / name
    with progress(quiet=as_json) as tell:
        states = datasets.fetch(wanted, folder, open_url=datasets.open_https, tell=tell)
    whole = all(state == "whole" for state in states.values())
    if as_json:
        typer.echo(
            json.dumps({"name": name, "folder": str(folder), "whole": whole, "files": states})
        )
    else:
        _show(wanted, folder, states)
    raise typer.Exit(0 if whole else 2)


def _show(wanted: DataSet, folder: Path, states: dict[str, State]) -> None:
    for file in wanted.files:
        if states[file.path] == "whole":
            typer.echo(f"whole    {folder / file.path}")
        else:
            typer.echo(f"missing  {folder / file.path}: made from {file.derived}")
    count = sum(state == "whole" for state in states.values())
    if count == len(states):
        typer.echo(f"Whole: {count} files, every sum as in the registry.")
    else:
        typer.echo(
            f"Not whole: {count} of {len(states)} files. The others are no public bytes; they were "
            f"made from what is at {wanted.home}"
        )
    typer.echo(f"Cite     {wanted.citation}")


def _folder(out: Path | None) -> Path:
    named = os.environ.get("SILLAGE_DATA")
    if out is None and not named:
        raise SettingError(
            "no folder for data sets: give --out DIR, or set SILLAGE_DATA to the folder that "
            "holds them"
        )
    return out or Path(str(named))


def _where(one: DataSet) -> str:
    named = os.environ.get("SILLAGE_DATA")
    if not named:
        return "SILLAGE_DATA is not set"
    folder = Path(named) / one.name
    count = sum((folder / file.path).is_file() for file in one.files)
    return f"{count} of {len(one.files)} files in {folder}" if count else f"not in {named}"
