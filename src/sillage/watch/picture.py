"""What is known so far in a survey: every record, by kind."""

from __future__ import annotations

from dataclasses import dataclass, field

from sillage.records.base import Record
from sillage.records.context import Context
from sillage.records.detection import Detection
from sillage.records.enhancement import Enhancement
from sillage.records.plume_spectrum import PlumeSpectrum
from sillage.records.readings import Readings
from sillage.records.scene import Scene
from sillage.records.source_estimate import SourceEstimate
from sillage.records.track import Track
from sillage.records.wind import Wind


@dataclass
class Picture:
    """What is known so far, by kind; every record in it is in the ledger."""

    readings: list[Readings] = field(default_factory=list)
    wind: list[Wind] = field(default_factory=list)
    tracks: list[Track] = field(default_factory=list)
    context: Context | None = None
    scenes: list[Scene] = field(default_factory=list)
    enhancements: list[Enhancement] = field(default_factory=list)
    spectra: list[PlumeSpectrum] = field(default_factory=list)
    detections: list[Detection] = field(default_factory=list)
    averaged: list[Readings] = field(default_factory=list)
    steady: list[Wind] = field(default_factory=list)
    earlier: list[SourceEstimate] = field(default_factory=list)
    """Answers of windows before the last."""
    estimates: list[SourceEstimate] = field(default_factory=list)

    def everything(self) -> list[Record]:
        """All records, parents before children."""
        known = [self.context] if self.context is not None else []
        return [
            *(*known, *self.tracks, *self.readings, *self.wind),
            *(*self.scenes, *self.enhancements, *self.spectra, *self.detections),
            *(*self.means, *self.steady, *self.earlier, *self.estimates),
        ]

    @property
    def means(self) -> list[Readings]:
        """What was averaged; raw readings pass as they are."""
        return [batch for batch in self.averaged if batch.unit != "raw"]

    def take(self, record: Record) -> None:
        """Put a record that was sensed, retrieved or detected with its kind."""
        match record:
            case Readings():
                self.readings.append(record)
            case Wind():
                self.wind.append(record)
            case Track():
                self.tracks.append(record)
            case Context():
                self.context = record
            case Scene():
                self.scenes.append(record)
            case Enhancement():
                self.enhancements.append(record)
            case PlumeSpectrum():
                self.spectra.append(record)
            case Detection():
                self.detections.append(record)
