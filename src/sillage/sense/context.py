"""What is known of the ground beforehand: zones, lawful emitters, and heights of sources."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sillage.errors import ReadError, RecordError, SettingError
from sillage.records.base import Interval
from sillage.records.context import Context, Emission, KnownEmitter, Zone
from sillage.records.place import Area, LocalFrame, Place
from sillage.records.quantity import Quantity
from sillage.sense.files import resolve, source_file
from sillage.sense.maps import ContextMap, EmitterMap, ZoneMap

_LARGEST_BYTES = 20_000_000
_MOST_CORNERS = 10_000
_WIDEST_M = 100_000.0
_NORMAL_90 = 1.645  # standard deviations on either side that hold nine in ten


def read_context(
    mapping: ContextMap, base: Path, origin: LocalFrame | None, during: Interval
) -> Context:
    """Zones, emitters and heights as the `[context]` table declares them.

    Parameters
    ----------
    mapping
        The table.
    base
        Directory of the survey file: paths count from it.
    origin
        Where x = y = 0; needed for corners in metres.
    during
        When the readings were taken that it is about.

    Raises
    ------
    ReadError
        The GeoJSON is missing, too large or not one of polygons; names the feature.
    SettingError
        A zone has no corners or both kinds, fewer than three, or lies nowhere on Earth; an emitter
        has no position or two, or a rate that is none.
    """
    zones = [_zone(one, origin, f"context.zone[{n}]") for n, one in enumerate(mapping.zone)]
    source = None
    if mapping.file is not None:
        path = resolve(mapping.file, base)
        source = source_file(path, mapping.file)
        zones += _zones_of(path, mapping.file, source.size_bytes)
    if mapping.heights_m is not None and not mapping.heights_m[0] < mapping.heights_m[1] < math.inf:
        raise SettingError(
            "context.heights_m: write two heights in metres, the lowest below the highest"
        )
    emitters = tuple(
        _emitter(one, origin, f"context.emitter[{n}]") for n, one in enumerate(mapping.emitter)
    )
    if not zones and not emitters and mapping.heights_m is None:
        raise SettingError(
            "context says nothing; give file, zone, emitter or heights_m, or leave it out"
        )
    return Context(
        observed_at=during,
        name=mapping.file or "survey file",
        zones=tuple(zones),
        emitters=emitters,
        heights_m=mapping.heights_m,
        source=source,
        assumptions=tuple(dict.fromkeys(_supposed(zones, emitters, mapping.heights_m))),
    )


def _supposed(
    zones: list[Zone], emitters: Sequence[KnownEmitter], heights_m: tuple[float, float] | None
) -> Iterator[str]:
    for zone in zones:
        lies = "lies in a search zone" if zone.meaning == "search" else "is in no excluded zone"
        yield f"the source {lies}: {zone.because}"
    for emitter in emitters:
        yield f"{emitter.facility} emits {emitter.emissions[0].gas}, and lawfully"
    if heights_m is not None:
        yield f"the source is {heights_m[0]:g} to {heights_m[1]:g} m above ground"


def _emitter(mapping: EmitterMap, origin: LocalFrame | None, where: str) -> KnownEmitter:
    """A facility with one emission; its rate is log-normal between the two that are given."""
    if (mapping.position is None) == (mapping.position_m is None):
        raise SettingError(f"{where}: give its position in degrees or position_m in metres")
    lon, lat = mapping.position or (0.0, 0.0)
    if mapping.position_m is not None:
        if origin is None:
            raise SettingError(f"{where}: position_m is in metres; give survey.origin too")
        if not max(abs(metres) for metres in mapping.position_m) < _WIDEST_M:
            raise SettingError(f"{where}: it is over {_WIDEST_M / 1000:g} km from the origin")
        lon, lat = (float(degrees) for degrees in origin.to_lonlat(*mapping.position_m))
    rate = None
    if mapping.rate_kg_h is not None:
        low, high = mapping.rate_kg_h
        if not low < high < math.inf:
            raise SettingError(f"{where}.rate_kg_h: write two rates in kg/h, the lower one first")
        median, log_std = math.sqrt(low * high), math.log(high / low) / (2.0 * _NORMAL_90)
        mean = median * math.exp(0.5 * log_std**2)
        rate = Quantity(
            mean=mean,
            median=median,
            std=mean * math.sqrt(math.expm1(log_std**2)),
            low=low,
            high=high,
            unit="kg/h",
        )
    try:
        return KnownEmitter(
            facility=mapping.facility,
            kind="declared in the survey",
            place=Place(lon=lon, lat=lat, height_m=mapping.height_m),
            emissions=(Emission(gas=mapping.gas, rate=rate),),
        )
    except RecordError as error:
        raise SettingError(f"{where}: {error}") from None


def _zone(mapping: ZoneMap, origin: LocalFrame | None, where: str) -> Zone:
    if bool(mapping.corners) == bool(mapping.corners_m):
        raise SettingError(f"{where}: give its corners in degrees or corners_m in metres")
    corners: Sequence[Sequence[float]] = mapping.corners
    if mapping.corners_m:
        if origin is None:
            raise SettingError(f"{where}: corners_m is in metres; give survey.origin too")
        east, north = np.array(mapping.corners_m).T
        if not np.abs(mapping.corners_m).max() < _WIDEST_M:
            raise SettingError(f"{where}: a corner is over {_WIDEST_M / 1000:g} km from the origin")
        lon, lat = origin.to_lonlat(east, north)
        corners = list(zip(lon.tolist(), lat.tolist(), strict=True))
    try:
        return Zone(meaning=mapping.meaning, because=mapping.because, area=_area(corners))
    except ValueError as error:
        raise SettingError(f"{where}: {error}") from None


def _area(corners: Any) -> Area:
    """A ring as some file gives it, not closed; ValueError where it is none."""
    try:
        ring = [(float(corner[0]), float(corner[1])) for corner in corners]
    except (TypeError, IndexError, KeyError, OverflowError):
        raise ValueError("corners must be pairs of numbers") from None
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring = ring[:-1]
    if len(ring) > _MOST_CORNERS:
        raise ValueError(f"{len(ring)} corners are too many; simplify the polygon")
    try:
        return msgspec.convert({"ring": ring}, Area)
    except msgspec.ValidationError:
        raise ValueError(
            "a polygon needs three corners or more, each longitude then latitude in degrees"
        ) from None


def _zones_of(path: Path, file: str, size: int) -> list[Zone]:
    """All polygons of a GeoJSON, in longitude and latitude as RFC 7946 says."""
    if size > _LARGEST_BYTES:
        raise ReadError(file, f"{size} bytes are too many for a file of zones; simplify it")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ReadError(file, "is no JSON; export the polygons as GeoJSON") from None
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise ReadError(file, "is no FeatureCollection with features; export it as GeoJSON")
    zones: list[Zone] = []
    for number, feature in enumerate(features):
        try:
            zones += _of_feature(feature)
        except ValueError as error:
            raise ReadError(file, f"feature {number}: {error}") from None
    return zones


def _of_feature(feature: Any) -> Iterator[Zone]:
    """The zones of one feature; ValueError says what it lacks."""
    try:
        geometry, properties = feature["geometry"], feature["properties"]
        kind, coordinates = geometry["type"], geometry["coordinates"]
        meaning, because = properties["meaning"], properties["because"]
    except (KeyError, TypeError):
        raise ValueError(
            "needs a geometry and the properties 'meaning' and 'because'; add them to its table"
        ) from None
    if meaning not in ("search", "exclude") or not isinstance(because, str) or not because:
        raise ValueError("'meaning' must be 'search' or 'exclude', and 'because' say why in words")
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list):
        raise ValueError(f"{kind!r} is no polygon; draw the ground as one")
    for rings in coordinates if kind == "MultiPolygon" else [coordinates]:
        if not isinstance(rings, list) or len(rings) != 1:
            raise ValueError("the polygon has holes; draw each as a zone of its own")
        yield Zone(meaning=meaning, because=because, area=_area(rings[0]))
