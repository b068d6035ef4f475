"""Which SURVEY.toml tells the reader how to read a world's files?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sillage.simulate.world import Beam, Instrument, Lawnmower, Orbit, PointSensor, Sensor, World


def survey_text(world: World, files: dict[str, str]) -> str:
    """Write the survey file.

    Parameters
    ----------
    world
        Whose truth is not told.
    files
        File of readings by kind: `point`, `path`, or the name of a drone.
    """
    parts = [_survey(world)]
    parts += [_readings(world, kind, file) for kind, file in files.items()]
    parts.append(_wind(world))
    parts += [
        f'[[track]]\nfile = "track_{sensor.name}.gpx"\nplatform = {_quoted(sensor.name)}\n'
        'height_above = "ground"\n'
        for sensor in world.sensors
        if isinstance(sensor, (Lawnmower, Orbit))
    ]
    parts += [
        f'[[scenes]]\nfile = "picture_{flight.name}.hdr"\nplatform = {_quoted(flight.name)}\n'
        f'instrument = "imaging spectrometer"\nsensor_height_m = {flight.height_m!r}\n'
        for flight in world.overflights
    ]
    return "\n".join(parts)


def _survey(world: World) -> str:
    area = world.area
    return (
        "[survey]\n"
        f"name = {_quoted(world.name)}\n"
        f"gas = {_quoted(world.gas)}\n"
        f"origin = {{ lon = {world.origin.lon!r}, lat = {world.origin.lat!r} }}\n"
        f"average_s = {world.average_s!r}\n"
        "\n[survey.area]\n"
        f"west_m = {area.west_m!r}\neast_m = {area.east_m!r}\n"
        f"south_m = {area.south_m!r}\nnorth_m = {area.north_m!r}\n"
    )


def _readings(world: World, kind: str, file: str) -> str:
    members: list[Sensor] = [
        sensor
        for sensor in world.sensors
        if (isinstance(sensor, PointSensor) and kind == "point")
        or (isinstance(sensor, Beam) and kind == "path")
        or (isinstance(sensor, (Lawnmower, Orbit)) and kind == sensor.name)
    ]
    instruments = [world.instruments[sensor.instrument] for sensor in members]
    lines = [
        "[[readings]]",
        f"file = {_quoted(file)}",
        'time = { column = "time_utc", zone = "UTC" }',
        'sensor = { column = "sensor" }',
        f"value = {{ {_value(instruments)} }}",
        f"integration_s = {min(instrument.every_s for instrument in instruments)!r}",
        f'temperature = {{ value = {world.temperature_K!r}, unit = "K" }}',
        f'pressure = {{ value = {world.pressure_Pa!r}, unit = "Pa" }}',
        "",
        "[readings.position]",
    ]
    if isinstance(members[0], (Lawnmower, Orbit)):
        lines += ['frame = "lonlat"', 'height_above = "ground"']
        lines += ['x = "lon"', 'y = "lat"', 'height = "height_m"']
    else:
        lines += ['frame = "local"', 'height_above = "ground"', "", "[readings.position.stations]"]
        lines += _stations(members)
    return "\n".join(lines) + "\n"


def _value(instruments: Sequence[Instrument]) -> str:
    """Write the value's map: noise about zero is kept, what an instrument cannot tell is said."""
    keys = 'column = "value_ppm", unit = "ppm", std = "std_ppm", negative = "keep"'
    ceilings = [i.saturation_ppm for i in instruments if i.saturation_ppm is not None]
    limit = max(instrument.limit_ppm for instrument in instruments)
    if ceilings:
        keys += f", saturated_at = {min(ceilings)!r}"
    if limit > 0.0:
        keys += f", limit_of_detection = {limit!r}"
    return keys


def _stations(members: Iterable[Sensor]) -> Iterator[str]:
    for sensor in members:
        if isinstance(sensor, Beam):
            ends = f"from = {list(sensor.begin_m)}, to = {list(sensor.end_m)}"
            yield f"{_quoted(sensor.name)} = {{ {ends} }}"
        elif isinstance(sensor, PointSensor):
            place = [sensor.east_m, sensor.north_m, sensor.height_m]
            yield f"{_quoted(sensor.name)} = {{ at = {place} }}"


def _wind(world: World) -> str:
    return (
        "[[wind]]\n"
        'file = "wind.csv"\n'
        'time = { column = "time_utc", zone = "UTC" }\n'
        'speed = { column = "speed_m_s", unit = "m/s" }\n'
        'direction = { column = "from_deg", unit = "deg", points = "from", '
        'turns = "clockwise from north" }\n'
        f"interval_s = {world.mast.every_s!r}\n"
        f"height_m = {world.mast.height_m!r}\n"
        'height_above = "ground"\n'
    )


def _quoted(text: str) -> str:
    """Quote a TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
