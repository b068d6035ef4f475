"""What is a sensor able to say: response, lag, limit of detection, calibration."""

from __future__ import annotations

from typing import Literal

from sillage.records.base import Part, Record, UtcTime
from sillage.records.provenance import SourceFile
from sillage.records.quantity import NonNegative


class CalibrationPoint(Part, frozen=True, kw_only=True):
    """A known value was given, and this is what the sensor read."""

    given: float
    read: float
    read_std: NonNegative


class Instrument(Record, frozen=True, kw_only=True):
    """A sensor as it was at `observed_at`; a new calibration is a new record."""

    name: str
    model: str
    kind: Literal[
        "point", "path", "imaging spectrometer", "thermal camera", "anemometer", "spectrometer"
    ]
    gases: tuple[str, ...] = ()
    """What it is sensitive to, interferents included; empty where it is no gas sensor."""
    unit: str
    """Of its readings, and of every field below that names no other."""
    noise_std: NonNegative | None = None
    """One sigma of a single sample."""
    limit_of_detection: NonNegative | None = None
    saturates_at: float | None = None
    step: NonNegative | None = None
    """Of its output, where it is coarse."""
    lag_s: NonNegative | None = None
    """From the inlet to the first change of the reading."""
    rise_s: tuple[NonNegative, NonNegative] | None = None
    """Time constants of the response to a step up and to a step down."""
    drift_per_hour: NonNegative | None = None
    """One sigma of the change of its zero."""
    wavelengths_nm: tuple[NonNegative, NonNegative] | None = None
    """Shortest and longest, for what sees light."""
    calibrated_at: UtcTime | None = None
    calibration: tuple[CalibrationPoint, ...] = ()
    source: SourceFile | None = None
    assumptions: tuple[str, ...] = ()
