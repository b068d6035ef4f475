"""`sillage identify`: the plumes of a cube of heat, and what each is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sillage.console.asking import see_input_kept, see_output
from sillage.console.telling import progress

if TYPE_CHECKING:
    from sillage.watch.identifications import PlumeTold, Told


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Example:  sillage identify flight.hdr --air 296,1 --out named.geojson "
        "--false-plumes 1"
    )(identify)


def identify(
    cube: Annotated[
        Path, typer.Argument(metavar="CUBE", help="Radiance with bands from 7 to 15 um.")
    ],
    air: Annotated[
        str,
        typer.Option(
            "--air",
            metavar="K[,STD]",
            help="Temperature of the air in kelvin, and its error (1.5 if left out): a plume is "
            "taken to be as warm.",
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.geojson", help="Write the plumes there.")
    ],
    gas: Annotated[
        list[str] | None,
        typer.Option(
            "--gas",
            metavar="NAME",
            help="Look only for this gas, by any of its names; may be repeated. All that the "
            "instrument could tell if left out.",
        ),
    ] = None,
    false_plumes: Annotated[
        float, typer.Option("--false-plumes", metavar="N", help="How many false ones may be there.")
    ] = 1.0,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="A setting, such as range_m=500, height_m=1000, humidity_percent=40, "
            "outlines=FILE.geojson, windows_nm=8000-12000, per=km2, pixel_m=2, platform=NAME; may "
            "be repeated.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Find the plumes of a cube of heat, and name the gases of each, or say why not."""
    import msgspec

    from sillage.watch.identifications import asked_of, identifications

    see_output("--out", out, (".geojson", ".json"), "plumes are written as GeoJSON")
    see_input_kept("--out", out, cube)
    asked = asked_of(
        cube, out, air=air, gases=gas or (), given=given or (), false_plumes=false_plumes
    )
    with progress(quiet=as_json) as tell:
        told = identifications(asked, tell)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(told)).decode())
        return
    _say(told)
    typer.echo(str(out))


def _say(told: Told) -> None:
    low, high = (end / 1000.0 for end in told.wavelengths_nm)
    places = "1 place" if len(told.plumes) == 1 else f"{len(told.plumes)} places"
    typer.echo(
        f"{places} outlined"
        if told.least_sigmas is None
        else f"{places} above {told.least_sigmas:.1f} sigma; false ones asked for: "
        f"{told.asked_false_plumes:g}"
    )
    ranked = sorted(told.limits_ppm_m, key=lambda gas: told.limits_ppm_m[gas])
    ends = " to ".join(
        f"{_short(told.limits_ppm_m[gas])} ppm m of {gas}"
        for gas in dict.fromkeys((ranked[0], ranked[-1]))
    )
    typer.echo(
        f"{told.bands} bands from {low:.2f} to {high:.2f} um can tell {_count(told.gases)}; half "
        f"of the pixels have a contrast of {told.contrast_K:.1f} K or more, and the least that one "
        f"of that shows is {ends}"
    )
    for number, plume in enumerate(told.plumes, 1):
        typer.echo(f"{number}. {_where(plume)}: {plume.verdict}; {plume.reason}")
        for said in _what(plume):
            typer.echo(f"     {said}")
    if told.missing and told.plumes:
        typer.echo(
            f"no detections are recorded, for the cube lacks {', '.join(told.missing)}; the plumes "
            "are in the file without an id"
        )
    for one in told.masked:
        typer.echo(f"masked: {one.count} of {one.total}, {one.reason}")
    for supposed in told.assumptions:
        typer.echo(f"supposed: {supposed}")


def _count(gases: tuple[str, ...]) -> str:
    return gases[0] if len(gases) == 1 else f"{len(gases)} gases"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100.0 else f"{number:.3g}"


def _where(plume: PlumeTold) -> str:
    if plume.lon_deg is not None and plume.lat_deg is not None:
        return f"{plume.lon_deg:.5f}, {plume.lat_deg:.5f}"
    return f"line {plume.line}, sample {plume.sample}"


def _what(plume: PlumeTold) -> list[str]:
    """What a plume may be, most probable first, and how it came to be said."""
    said = []
    if plume.probability is not None and plume.candidates:
        listed = "; ".join(
            f"{one.probability:.0%} {' with '.join(one.substances)}" for one in plume.answer
        )
        sure = ">99.9%" if plume.probability > 0.999 else f"{plume.probability:.1%}"
        said.append(f"{sure} probable; if it is there: {listed}")
    if plume.mass_kg is not None and plume.mass_std_kg is not None:
        said.append(
            f"{plume.mass_kg:.3g} +- {plume.mass_std_kg:.2g} kg in its {plume.pixels} pixels"
        )
    return [*said, *(one for one in plume.explanations if one != plume.reason)]
