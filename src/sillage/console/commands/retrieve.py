"""`sillage retrieve`: the columns of a gas in a radiance cube."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sillage.console.asking import see_folder, see_input_kept, see_output
from sillage.console.telling import progress

if TYPE_CHECKING:
    from sillage.watch.columns import Told


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage retrieve scene.hdr --gas CH4 --out ch4.nc")(retrieve)


def retrieve(
    cube: Annotated[Path, typer.Argument(metavar="CUBE", help="Radiance, of any common format.")],
    gas: Annotated[str, typer.Option("--gas", metavar="NAME", help="Any name of a gas.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.nc", help="Write the columns there.")],
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="matched, albedo, logarithmic, adaptive, shrunk or sparse."
        ),
    ] = "matched",
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting, such as group=column, windows_nm=2110-2450, wavelengths=FILE.csv, "
            "unit=counts, variable=NAME, whole_lines=true, workers=2; may be repeated.",
        ),
    ] = None,
    preview: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Quick look: a .png, or a .tif map.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Retrieve the column of a gas above the background, pixel by pixel."""
    import msgspec

    from sillage.watch.columns import asked_of, columns

    see_output("--out", out, (".nc", ".nc4", ".h5"), "columns are written as netCDF")
    see_input_kept("--out", out, cube)
    if preview is not None:
        see_input_kept("--preview", preview, cube)
        see_folder("--preview", preview)
    asked = asked_of(cube, gas, out, method=method, preview=preview, given=given or ())
    with progress(quiet=as_json) as tell:
        told = columns(asked, tell)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
    else:
        _say(told)
        typer.echo(f"written: {out}")


def _say(told: Told) -> None:
    low, high = told.wavelengths_nm
    typer.echo(
        f"{told.gas} in {told.lines} lines of {told.samples} samples, {told.bands} bands from "
        f"{low:.0f} to {high:.0f} nm; {told.method} filter, one background a {told.group}"
    )
    typer.echo(
        f"{told.clear_share:.1%} of the pixels are clear, with an error of "
        f"{told.noise_ppm_m:.0f} ppm m (median), over neighbours "
        f"{told.together_noise_ppm_m:.0f} ppm m"
    )
    line, sample = told.highest_at
    typer.echo(
        f"strongest: {told.highest_ppm_m:.0f} ppm m over neighbours, {told.highest_sigma:.1f} "
        f"sigma, at line {line}, sample {sample}"
    )
    for one in told.masked:
        typer.echo(f"masked: {one.count} of {one.total}, {one.reason}")
    for said in told.assumptions:
        typer.echo(f"supposed: {said}")
