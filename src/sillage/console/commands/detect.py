"""`sillage detect`: the plumes of a gas in a radiance cube."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sillage.console.asking import see_input_kept, see_output, see_wind
from sillage.console.telling import progress

if TYPE_CHECKING:
    from sillage.watch.detections import PlumeTold, Told


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Example:  sillage detect scene.hdr --gas CH4 --out detections.geojson "
        "--false-plumes 1 --wind 4,270"
    )(detect)


def detect(
    cube: Annotated[Path, typer.Argument(metavar="CUBE", help="Radiance, of any common format.")],
    gas: Annotated[str, typer.Option("--gas", metavar="NAME", help="Any name of a gas.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.geojson", help="Write the plumes there.")
    ],
    false_plumes: Annotated[
        float, typer.Option("--false-plumes", metavar="N", help="How many false ones may be there.")
    ] = 1.0,
    wind: Annotated[
        str | None,
        typer.Option(
            metavar="M/S,FROM[,STD]",
            help="Mean wind at the plume for rates: speed, degrees it comes from clockwise from "
            "north, and its error in m/s (three tenths of the speed if left out).",
        ),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting, such as per=km2, pixel_m=20, platform=NAME, "
            "observed_at=2026-05-09T12:03:00Z, or one of `sillage retrieve`; may be repeated.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Find the plumes of a gas: where, how sure, how much, and with a wind how fast."""
    import msgspec

    from sillage.watch.detections import detections, question_of

    see_output("--out", out, (".geojson", ".json"), "plumes are written as GeoJSON")
    see_input_kept("--out", out, cube)
    if wind is not None:
        see_wind(wind)
    question = question_of(cube, gas, out, given=given or (), false_plumes=false_plumes, wind=wind)
    with progress(quiet=as_json) as tell:
        told = detections(*question, tell)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    _say(told)
    typer.echo(str(out))


def _say(told: Told) -> None:
    typer.echo(
        f"{len(told.plumes)} plumes of {told.gas} above {told.least_sigmas:.1f} sigma; false ones "
        f"to be expected: {told.asked_false_plumes:g}"
    )
    for number, plume in enumerate(told.plumes, 1):
        typer.echo(_line(number, plume))
        for said in plume.explanations:
            typer.echo(f"     {said}")
    if told.missing:
        typer.echo(
            f"no detections are recorded, for the cube lacks {', '.join(told.missing)}; the plumes "
            "are in the file without an id"
        )
    for one in told.masked:
        typer.echo(f"masked: {one.count} of {one.total}, {one.reason}")
    for supposed in told.assumptions:
        typer.echo(f"supposed: {supposed}")


def _line(number: int, plume: PlumeTold) -> str:
    where = (
        f"{plume.lon_deg:.5f}, {plume.lat_deg:.5f}"
        if plume.lon_deg is not None and plume.lat_deg is not None
        else f"line {plume.line}, sample {plume.sample}"
    )
    parts = [f"{number}. {where}: {plume.probability:.1%} probable"]
    if plume.mass_kg is not None and plume.mass_std_kg is not None:
        parts.append(f"{plume.mass_kg:.3g} +- {plume.mass_std_kg:.2g} kg")
    if plume.rate_kg_h is not None and plume.rate_std_kg_h is not None:
        parts.append(f"{plume.rate_kg_h:.3g} +- {plume.rate_std_kg_h:.2g} kg/h")
    return ", ".join(parts)
