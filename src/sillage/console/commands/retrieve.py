"""`sillage retrieve`: the columns of a gas in a radiance cube."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sillage.console.telling import progress


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example:  sillage retrieve scene.hdr --gas CH4 --out ch4.nc")(retrieve)


def retrieve(
    cube: Annotated[Path, typer.Argument(metavar="CUBE", help="Radiance, of any common format.")],
    gas: Annotated[str, typer.Option("--gas", metavar="NAME", help="Any name of a gas.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.nc", help="Write the columns there.")],
    method: Annotated[
        str, typer.Option(metavar="NAME", help="Filter, such as matched, logarithmic, sparse.")
    ] = "matched",
    group: Annotated[
        str, typer.Option(help="What shares a background: auto, column, window, scene, cluster.")
    ] = "auto",
    window: Annotated[
        list[str] | None, typer.Option(metavar="NM-NM", help="Wavelengths to use; may be repeated.")
    ] = None,
    wavelengths: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Band centres, if the cube has none.")
    ] = None,
    variable: Annotated[
        str | None, typer.Option(metavar="NAME", help="Array that holds the radiance.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Unit of the radiance, if the cube does not say it.")
    ] = None,
    whole_lines: Annotated[
        bool, typer.Option("--whole-lines", help="Use the whole lines of a file cut short.")
    ] = False,
    preview: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Quick look: a .png, or a .tif map.")
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep what is half done, to go on from it.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Retrieve the column of a gas above the background, pixel by pixel."""
    import msgspec

    from sillage.errors import SettingError
    from sillage.watch.columns import Asked, columns

    asked = {
        "cube": str(cube),
        "gas": gas,
        "out": str(out),
        "method": method,
        "group": group,
        "windows_nm": [_window(one) for one in window or ()],
        "wavelengths": wavelengths and str(wavelengths),
        "variable": variable,
        "unit": unit,
        "whole_lines": whole_lines,
        "workers": workers,
        "preview": preview and str(preview),
        "scratch": scratch and str(scratch),
    }
    try:
        question = msgspec.convert(asked, Asked, dec_hook=lambda _, text: Path(text))
    except msgspec.ValidationError as error:
        raise SettingError(f"sillage retrieve: {error}") from None
    with progress(quiet=as_json) as tell:
        told = columns(question, tell)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    low, high = told.wavelengths_nm
    typer.echo(
        f"{told.gas} in {told.lines} lines of {told.samples} samples, {told.bands} bands from "
        f"{low:.0f} to {high:.0f} nm; {told.method} filter, one background a {told.group}"
    )
    typer.echo(
        f"{told.clear_share:.1%} of the pixels are clear, with an error of "
        f"{told.noise_ppm_m:.0f} ppm m (median), over neighbours {told.together_noise_ppm_m:.0f} ppm m"
    )
    line, sample = told.highest_at
    typer.echo(
        f"strongest: {told.highest_ppm_m:.0f} ppm m, {told.highest_sigma:.1f} sigma, at line {line}, "
        f"sample {sample}"
    )
    for one in told.masked:
        typer.echo(f"masked: {one.count} of {one.total}, {one.reason}")
    for said in told.assumptions:
        typer.echo(f"supposed: {said}")
    typer.echo(str(out))


def _window(text: str) -> tuple[float, float]:
    """Two wavelengths, as 2110-2450."""
    from sillage.errors import SettingError

    low, dash, high = text.partition("-")
    try:
        ends = float(low), float(high)
    except ValueError:
        dash = ""
        ends = 0.0, 0.0
    if not dash or not 0.0 < ends[0] < ends[1]:
        raise SettingError(f"--window {text}: write two wavelengths in nm, such as 2110-2450")
    return ends
