"""What does the user ask: a SURVEY.toml, checked before anything is read."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec

from sillage.errors import ReadError, SettingError
from sillage.localise.ground import Bounds
from sillage.localise.settings import Settings
from sillage.localise.stream import Windows
from sillage.records.place import Area, LocalFrame
from sillage.sense import ContextMap, Elevation, ReadingsMap, TrackMap, WindMap, decode_map
from sillage.watch.detections import check_wind
from sillage.watch.heat import HeatMap
from sillage.watch.scenes import SceneMap

_LARGEST_BYTES = 1_000_000
_TABLES = (
    *("survey", "readings", "scenes", "heat", "wind", "track"),
    *("elevation", "context", "localise", "stream"),
)

OWN_LOCALISER = "tempered"
_FEWEST_PARTICLES = 16
_ROUGHEST_M = 1.0
_MAY_BE_ZERO = ("direction_floor_deg", "calm_m_s", "spread_m", "response_s")

Seconds = Annotated[float, msgspec.Meta(gt=0.0, le=86400.0)]


class SearchArea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rectangle to search, in metres east and north of the survey's origin."""

    west_m: float
    east_m: float
    south_m: float
    north_m: float


class Heading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[survey]` table."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    """Shown on the report."""
    gas: str
    """Name in the gas library; `sillage gas list` shows them."""
    origin: LocalFrame | None = None
    """Where x = y = 0; needed when a file is in local metres or an area is given."""
    area: SearchArea | None = None
    """Where to look; the sensors' surroundings when not given."""
    average_s: Seconds = 60.0
    """Blocks over which fixed sensors and the wind are averaged."""
    moving_average_s: Seconds = 2.0
    """The same for sensors that move: short against the time to cross a plume."""
    localiser: str = OWN_LOCALISER
    """Plug-in that locates the source; `sillage.localise` brings the first."""
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Of the random numbers; the same seed gives the same answer."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """One question over one set of files."""

    path: Path
    heading: Heading
    readings: tuple[ReadingsMap, ...]
    wind: tuple[WindMap, ...]
    tracks: tuple[TrackMap, ...] = ()
    elevation: Elevation | None = None
    context: ContextMap | None = None
    localise: Settings = Settings()
    scenes: tuple[SceneMap, ...] = ()
    """Radiance cubes in sunlight, in which plumes of a gas are looked for."""
    heat: tuple[HeatMap, ...] = ()
    """Cubes of heat, in which plumes are looked for and named."""
    stream: Windows | None = None
    """How the survey is answered window by window; None where it is answered as a whole."""

    @property
    def bounds(self) -> Bounds | None:
        """The search area in the survey's local frame."""
        area = self.heading.area
        return None if area is None else Bounds(*msgspec.structs.astuple(area))

    @property
    def pictures(self) -> int:
        """How many cubes there are."""
        return len(self.scenes) + len(self.heat)

    def area_on_map(self) -> Area | None:
        """The search area as a ring of longitudes and latitudes."""
        area, origin = self.heading.area, self.heading.origin
        if area is None or origin is None:
            return None
        lon, lat = origin.to_lonlat(
            [area.west_m, area.east_m, area.east_m, area.west_m],
            [area.south_m, area.south_m, area.north_m, area.north_m],
        )
        return Area(ring=tuple(zip(lon.tolist(), lat.tolist(), strict=True)))


def load_survey(path: Path) -> Survey:
    """Read a survey file and check every table in it.

    Raises
    ------
    ReadError
        The file is missing, too large, or no TOML.
    SettingError
        A table or key is unknown, missing or out of range; names it.
    """
    tables = _tables(path)
    name = path.name
    unknown = sorted(set(tables) - set(_TABLES))
    if unknown:
        raise SettingError(
            f"{name}: table '{unknown[0]}' is unknown; there are {', '.join(_TABLES)}"
        )
    if "survey" not in tables:
        raise SettingError(f"{name}: [survey] is missing; it names the survey and the gas")
    survey = Survey(
        path=path,
        heading=decode_map(Heading, tables["survey"], f"{name}: survey"),
        readings=_list_of(ReadingsMap, tables, "readings", name),
        scenes=_list_of(SceneMap, tables, "scenes", name),
        heat=_list_of(HeatMap, tables, "heat", name),
        wind=_list_of(WindMap, tables, "wind", name),
        tracks=_list_of(TrackMap, tables, "track", name),
        elevation=(
            decode_map(Elevation, tables["elevation"], f"{name}: elevation")
            if "elevation" in tables
            else None
        ),
        context=(
            decode_map(ContextMap, tables["context"], f"{name}: context")
            if "context" in tables
            else None
        ),
        localise=decode_map(Settings, tables.get("localise", {}), f"{name}: localise"),
        stream=(
            decode_map(Windows, tables["stream"], f"{name}: stream") if "stream" in tables else None
        ),
    )
    _see_whole(survey, name)
    return survey


def _tables(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ReadError(
            str(path), f"cannot be read: {error.strerror}; give the path of a SURVEY.toml"
        ) from error
    if len(content) > _LARGEST_BYTES:
        raise ReadError(str(path), f"{len(content)} bytes are too many for a survey file")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ReadError(
            str(path), f"is not UTF-8 at byte {error.start}; save it as UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ReadError(
            str(path), f"is no TOML: {error}; is a quote or a bracket missing?"
        ) from None


def _list_of(kind: type[Any], tables: dict[str, Any], key: str, name: str) -> tuple[Any, ...]:
    entries = tables.get(key, [])
    if not isinstance(entries, list):
        raise SettingError(f"{name}: write [[{key}]] with two brackets: there may be several")
    return tuple(
        decode_map(kind, entry, f"{name}: {key}[{number}]") for number, entry in enumerate(entries)
    )


def _see_whole(survey: Survey, name: str) -> None:
    """Check what only shows when the tables are seen together."""
    if not survey.readings and not survey.pictures:
        raise SettingError(
            f"{name}: no [[readings]] and no [[scenes]] or [[heat]]; name at least one file of them"
        )
    if survey.pictures and survey.stream is not None:
        raise SettingError(
            f"{name}: [stream] has no place for [[scenes]] or [[heat]]: a picture belongs to one "
            "window; leave [stream] out, or survey the pictures on their own"
        )
    for number, scene in enumerate(survey.scenes):
        check_wind(scene, f"{name}: scenes[{number}]")
    if survey.context is not None and not survey.readings:
        raise SettingError(
            f"{name}: [context] is for sources of [[readings]], and there are none; leave it out"
        )
    if survey.readings and not survey.wind:
        raise SettingError(
            f"{name}: no [[wind]]; name the wind log: without wind nobody knows where gas came from"
        )
    if len(survey.wind) > 1:
        raise SettingError(
            f"{name}: {len(survey.wind)} [[wind]] tables, and only one can be used so far; keep "
            "the mast nearest to the sensors"
        )
    _check_settings(survey.localise, name)
    if survey.stream is not None and survey.heading.area is None:
        raise SettingError(
            f"{name}: [stream] needs survey.area: from one window to the next the sensors' "
            "surroundings are not the same"
        )
    if survey.stream is not None and survey.heading.localiser != OWN_LOCALISER:
        raise SettingError(
            f"{name}: [stream] is answered by the localiser '{OWN_LOCALISER}' and no other; leave "
            "survey.localiser out, or [stream]"
        )
    area, origin = survey.heading.area, survey.heading.origin
    if area is None:
        return
    if origin is None:
        raise SettingError(f"{name}: survey.area is in metres; give survey.origin too")
    wide, tall = area.east_m - area.west_m, area.north_m - area.south_m
    if not (math.isfinite(wide) and math.isfinite(tall) and wide > 0.0 and tall > 0.0):
        raise SettingError(
            f"{name}: survey.area is empty: west_m must be below east_m, south_m below north_m"
        )
    if max(wide, tall) > 20_000.0:
        raise SettingError(
            f"{name}: survey.area is {max(wide, tall) / 1000:.0f} km wide; one survey covers 20 km"
        )


def _check_settings(settings: Settings, name: str) -> None:
    """Refuse numbers that no prior can have."""
    for key, value in msgspec.structs.asdict(settings).items():
        zero = key in _MAY_BE_ZERO or key.endswith("_std")
        if not math.isfinite(value) or value < 0.0 or (value == 0.0 and not zero):
            raise SettingError(
                f"{name}: localise.{key} is {value:g}; give a number "
                f"{'of at least' if zero else 'above'} zero, or leave it out"
            )
    if settings.rate_low_kg_h >= settings.rate_high_kg_h:
        raise SettingError(f"{name}: localise.rate_low_kg_h must be below rate_high_kg_h")
    if settings.particles < _FEWEST_PARTICLES:
        raise SettingError(
            f"{name}: localise.particles is {settings.particles}; at least {_FEWEST_PARTICLES} "
            "are needed"
        )
    if settings.roughness_m > _ROUGHEST_M:
        raise SettingError(
            f"{name}: localise.roughness_m is {settings.roughness_m:g} m, above {_ROUGHEST_M:g} m "
            "of forest and city; it is about a tenth of the height of what stands there"
        )
