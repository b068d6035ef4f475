"""`sillage gas`: the gas library, and what you add to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sillage.watch.gases import Entry, Known

app = typer.Typer(no_args_is_help=True, help="The gas library.")

AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Any name of a gas of the library.")]
Library = Annotated[
    Path | None,
    typer.Option(
        "--library", metavar="DIR", help="Your folder of gases; SILLAGE_GASES when not given."
    ),
]


@app.callback()
def _gas() -> None:
    """The gas library."""


@app.command("list", epilog="Example:  sillage gas list --json")
def list_gases(as_json: AsJson = False) -> None:
    """List the gases of the library: names, windows, and how well each spectrum is known."""
    from sillage.watch.gases import known

    gases = known()
    if as_json:
        _print_json(gases)
        return
    typer.echo(
        f"{'gas':26} {'formula':9} {'CAS':11} {'g/mol':>7}  {'LWIR, cm-1':22} {'SWIR, cm-1':29} "
        f"{'stated':>7} {'fit':>6}"
    )
    for one in gases:
        typer.echo(_row(one))


@app.command("show", epilog="Example:  sillage gas show acetone")
def show(name: Name, as_json: AsJson = False) -> None:
    """Show one gas: what it is, and each spectrum with its source, its state and its errors."""
    from sillage.watch.gases import known_gas

    one = known_gas(name)
    if as_json:
        _print_json(one)
        return
    typer.echo(f"{one.name} ({one.formula}, CAS {one.cas}), {one.molar_mass_g_mol:.3f} g/mol")
    if one.names:
        typer.echo(f"  also       {', '.join(one.names)}")
    if one.background_ppm is not None:
        typer.echo(f"  clean air  {one.background_ppm:g} ppm: {one.background_source}")
    for entry in one.spectra:
        _show_entry(entry)
    if not one.spectra:
        typer.echo("  no spectrum: import one with 'sillage gas import'")


@app.command("fit", epilog="Example:  sillage gas fit acetone.jdx --gas acetone --library gases")
def fit(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SOURCE...", help="Files that hold its spectrum.")
    ],
    name: Annotated[str, typer.Option("--gas", metavar="NAME", help="Gas that they are of.")],
    window: Annotated[
        str, typer.Option(metavar="WINDOW", help="LWIR, SWIR, or two wavenumbers as 4000-4420.")
    ] = "LWIR",
    folder: Library = None,
    as_json: AsJson = False,
) -> None:
    """Fit a spectrum by a few bells, and write them into a gas file of your own.

    This is how every spectrum of the library was made. A source is a quantitative JCAMP-DX file,
    a HITRAN .par or .xsc, a table of AER's, or two columns of text.
    """
    from sillage.watch import gases

    path, entries = gases.fit_sources(sources, name, window, gases.own_folder(folder))
    if as_json:
        _print_json({"file": str(path), "spectra": entries})
        return
    for entry in entries:
        _show_entry(entry)
    typer.echo(f"Written: {path}")


@app.command(
    "import", epilog="Example:  sillage gas import acetone.jdx --name acetone --library gases"
)
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A full spectrum of the gas.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Gas that it is of.")],
    folder: Library = None,
    as_json: AsJson = False,
) -> None:
    """Keep a full spectrum in a folder of your own; it is used instead of our fit of that range.

    Every use checks the bytes against the sum that is written beside them.
    """
    from sillage.watch import gases

    path, entry = gases.import_spectrum(file, name, gases.own_folder(folder))
    if as_json:
        _print_json({"file": str(path), "spectra": [entry]})
        return
    _show_entry(entry)
    typer.echo(f"Written: {path}")
    typer.echo("Used where SILLAGE_GASES names its folder.")


def _print_json(told: object) -> None:
    import msgspec

    typer.echo(msgspec.json.encode(told).decode())


def _row(one: Known) -> str:
    stated = [entry.uncertainty for entry in one.spectra if entry.uncertainty is not None]
    fitted = [entry.residual for entry in one.spectra if entry.table is None]
    return (
        f"{one.name:26} {one.formula:9} {one.cas:11} {one.molar_mass_g_mol:7.2f}  "
        f"{_windows(one, 'LWIR'):22} {_windows(one, 'SWIR'):29} "
        f"{_percent(max(stated, default=None)):>7} {_percent(max(fitted, default=None)):>6}"
    ).rstrip()


def _windows(one: Known, region: str) -> str:
    inside: Iterable[Entry] = (entry for entry in one.spectra if entry.region == region)
    ends = dict.fromkeys(f"{e.low_cm:.0f}-{e.high_cm:.0f}" for e in inside)
    return " ".join(ends) or "-"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100.0 * share:.1f} %"


def _show_entry(entry: Entry) -> None:
    kept = (
        f"full spectrum {entry.table}"
        if entry.table
        else f"{sum(line[0] != '#' for line in entry.bands.splitlines())} bells"
    )
    typer.echo(f"  {entry.low_cm:g} to {entry.high_cm:g} cm-1, {kept}")
    typer.echo(f"    source   {entry.source}")
    typer.echo(f"    file     {entry.file}, SHA-256 {entry.sha256}")
    typer.echo(f"    licence  {entry.licence}")
    typer.echo(
        f"    state    {entry.temperature_K:g} K, {entry.pressure_hPa:g} hPa, resolution "
        f"{entry.resolution_cm:g} cm-1"
    )
    typer.echo(f"    stated   {_percent(entry.uncertainty)} uncertainty of the source")
    if not entry.table:
        typer.echo(
            f"    fit      integral {100 * entry.integral_error:+.2f} %, peak "
            f"{100 * entry.peak_error:+.2f} %, worst 100 cm-1 {100 * entry.stretch_error:+.2f} %, "
            f"residual {100 * entry.residual:.2f} %"
        )
