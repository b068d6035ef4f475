"""How is an answer handed on: GeoJSON for maps, JSON for machines.

References
----------
RFC 7946 (GeoJSON): WGS 84, longitude first, rings closed and anticlockwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

import sillage
from sillage.ledger import Head
from sillage.records.detection import Detection
from sillage.records.place import Area
from sillage.records.source_estimate import FoundSource, SourceEstimate
from sillage.watch.geojson import collection, multipolygon
from sillage.watch.picture import Picture

SOURCES = "sources.geojson"
DETECTIONS = "detections.geojson"
SUMMARY = "summary.json"
LEDGER = "ledger.sqlite"
REPORT = "report.html"


def write_sources(estimates: Sequence[SourceEstimate], path: Path) -> None:
    """Positions and credible regions of all sources as a GeoJSON feature collection."""
    features = [feature for estimate in estimates for feature in _features(estimate)]
    _write({"type": "FeatureCollection", "features": features}, path)


def write_detections(detections: Sequence[Detection], path: Path) -> None:
    """Outlines of all plumes as a GeoJSON feature collection; the strongest claims first."""
    ranked = sorted(detections, key=lambda one: -one.probability)
    path.write_bytes(collection([_outlined(one) for one in ranked]))


def write_summary(
    survey_name: str, seen: Picture, head: Head, run_time_s: float, path: Path
) -> None:
    """The answer, what it rests on, and the head of the ledger that proves it."""
    everything = (seen.readings, seen.wind, seen.tracks, seen.scenes)
    sources = [log.source for logs in everything for log in logs]
    files = dict.fromkeys((source.name, source.sha256) for source in sources)
    _write(
        {
            "survey": survey_name,
            "version": sillage.__version__,
            "estimates": [plain(estimate) for estimate in seen.estimates],
            "windows": [_window(estimate) for estimate in seen.earlier],
            "detections": [plain_detection(one) for one in seen.detections],
            "samples_read": sum(batch.samples.sizes["sample"] for batch in seen.readings),
            "files": [{"name": name, "sha256": sha256} for name, sha256 in files],
            "ledger_head": str(head),
            "run_time_s": round(run_time_s, 2),
        },
        path,
    )


def plain(estimate: SourceEstimate) -> dict[str, Any]:
    """One estimate as plain values: what a person or a machine acts on, without the draws."""
    names = (
        *("id", "gas", "verdict", "reason", "observed_at", "number_of_sources", "log_evidence"),
        *("effective_sample_size", "method", "settings", "masked", "assumptions"),
    )
    fields: dict[str, Any] = msgspec.to_builtins({name: getattr(estimate, name) for name in names})
    fields["sources"] = [_plain_source(source) for source in estimate.sources]
    return fields


def plain_detection(detection: Detection) -> dict[str, Any]:
    """One claim as plain values, with the names that `sillage detect` gives them."""
    mass, rate, place = detection.mass, detection.rate, detection.place
    return {
        "id": detection.id,
        "observed_at": msgspec.to_builtins(detection.observed_at),
        "platform": detection.platform,
        "instrument": detection.instrument,
        "gas": " + ".join(detection.candidates[0].substances),
        "candidates": [msgspec.to_builtins(one) for one in detection.candidates],
        "probability": detection.probability,
        "false_alarms": detection.false_alarms,
        "looked_at": detection.looked_at,
        "sigmas": detection.strength,
        "lon_deg": place.lon,
        "lat_deg": place.lat,
        "position_std_m": detection.position_std_m,
        "mass_kg": mass.median if mass is not None else None,
        "mass_std_kg": mass.std if mass is not None else None,
        "rate_kg_h": rate.median if rate is not None else None,
        "rate_std_kg_h": rate.std if rate is not None else None,
        "evidence": {one.test: one.score for one in detection.evidence},
        "explanations": [one.explanation for one in detection.evidence],
        "masked": [msgspec.to_builtins(one) for one in detection.masked],
        "assumptions": list(detection.assumptions),
    }


def _outlined(detection: Detection) -> dict[str, Any]:
    """The plume's outline, or the point that it is."""
    place = detection.place
    shape: dict[str, Any] = {"type": "Point", "coordinates": [place.lon, place.lat]}
    if detection.outline:
        shape = multipolygon(detection.outline)
    return {"type": "Feature", "geometry": shape, "properties": plain_detection(detection)}


def _window(estimate: SourceEstimate) -> dict[str, Any]:
    """An earlier answer of a survey in windows, in short; the ledger has it whole."""
    names = ("id", "observed_at", "verdict", "reason", "number_of_sources", "masked")
    fields: dict[str, Any] = msgspec.to_builtins({name: getattr(estimate, name) for name in names})
    return fields


def _plain_source(source: FoundSource) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(source)
    for region in fields["regions"]:
        del region["areas"]  # they are in the GeoJSON
    return fields


def _features(estimate: SourceEstimate) -> list[dict[str, Any]]:
    """A point for each source that something can be said of, each followed by its regions."""
    return [
        feature
        for number, source in enumerate(estimate.sources, start=1)
        for feature in _source_features(estimate, number, source)
    ]


def _source_features(
    estimate: SourceEstimate, number: int, source: FoundSource
) -> list[dict[str, Any]]:
    place, rate = source.position, source.rate
    told = {
        "id": estimate.id,
        "gas": estimate.gas,
        "source": number,
        "facility": source.facility,
        "probability": source.probability,
        "verdict": source.verdict,
        "reason": source.reason,
    }
    found: list[dict[str, Any]] = []
    if source.verdict != "cannot tell":
        found.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(place.lon, 8), round(place.lat, 8), place.height_m],
                },
                "properties": told
                | {
                    "role": "posterior mean",
                    "position_std_m": source.position_std_m,
                    "rate_kg_h": rate.median,
                    "rate_low_kg_h": rate.low,
                    "rate_high_kg_h": rate.high,
                    "rate_level": rate.level,
                    "height_above": "ground",
                },
            }
        )
    return found + [
        {
            "type": "Feature",
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[_closed(area)] for area in region.areas],
            },
            "properties": told
            | {
                "role": f"{region.level:.0%} credible region",
                "level": region.level,
                "area_m2": region.area_m2,
            },
        }
        for region in source.regions
    ]


def _closed(area: Area) -> list[list[float]]:
    """A ring as GeoJSON wants it."""
    ring = [[round(lon, 8), round(lat, 8)] for lon, lat in area.ring]
    return [*ring, ring[0]]


def _write(content: object, path: Path) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
