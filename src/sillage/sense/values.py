"""What was measured: values in ppm (or raw), their error, and which of them are none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sillage.air.mixing import ppm_from_kg_m3
from sillage.errors import ReadError, SettingError
from sillage.sense.chunks import Chunk, Table, numbers
from sillage.sense.maps import Gauge, ReadingsMap
from sillage.sense.rows import Tally
from sillage.sense.units import (
    COLUMN,
    FRACTION,
    MASS,
    PRESSURE,
    RAW,
    TEMPERATURE,
    in_header,
    to_house,
    unit,
)

STANDARD_TEMPERATURE_K = 288.15
STANDARD_PRESSURE_PA = 101_325.0
"""ICAO standard atmosphere at sea level (Doc 7488)."""
OUTDOORS = {TEMPERATURE: (180.0, 340.0), PRESSURE: (20_000.0, 120_000.0)}
"""Air outdoors lies in this range; a mean outside it is a wrong unit."""
MOST = {FRACTION: 1e6, COLUMN: 1e11, MASS: 10.0}
"""Pure gas; pure gas along 100 km; the heaviest gas of the library and more: none is a reading."""
SHORTEST_STUCK = 20
"""So many equal values in a row of all samples are worth a note."""


class AirGauge:
    """Temperature or pressure of the air: a column, one declared value, or the standard."""

    def __init__(self, spec: Gauge | None, kind: str, table: Table, key: str) -> None:
        self.spec, self.kind, self.table, self.key = spec, kind, table, key
        self.standard = STANDARD_TEMPERATURE_K if kind == TEMPERATURE else STANDARD_PRESSURE_PA
        self.total, self.count = 0.0, 0
        if spec is not None:
            self.unit = unit(spec.unit, kind, key=f"{key}.unit")
            if (spec.column is None) == (spec.value is None):
                raise SettingError(f"{key}: give either column or value")

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns of the file that it needs."""
        return (self.spec.column,) if self.spec and self.spec.column else ()

    def read(self, chunk: Chunk) -> NDArray[np.float64] | float:
        """Value of each row in K or Pa; NaN where missing."""
        if self.spec is None:
            return self.standard
        if self.spec.value is not None:
            return float(to_house(self.spec.value, self.unit))
        name = str(self.spec.column)
        found = numbers(chunk.columns[name], chunk, self.table, name=name, suffix=self.spec.suffix)
        found = to_house(found, self.unit)
        valid = np.isfinite(found)
        self.total += float(found[valid].sum())
        self.count += int(valid.sum())
        return found

    def mean(self) -> float:
        """One value for the batch.

        Raises
        ------
        ReadError
            It is no value that air outdoors has.
        """
        if self.spec is None:
            return self.standard
        if self.spec.value is not None:
            found = float(to_house(self.spec.value, self.unit))
        else:
            found = self.total / self.count if self.count else self.standard
        low, high = OUTDOORS[self.kind]
        if not low <= found <= high:
            raise ReadError(
                self.table.file,
                f"mean {self.kind} is {found:.6g}, air has {low:g} to {high:g}; is {self.key}.unit "
                "right?",
            )
        return found

    def assumption(self) -> tuple[str, ...]:
        """What was supposed, where nothing was declared."""
        name = self.key.rpartition(".")[2]
        if self.spec is None:
            shown = f"{self.standard:g} {'K' if self.kind == TEMPERATURE else 'Pa'}"
            return (f"air {name} not given: {shown} (ICAO standard atmosphere)",)
        if self.spec.column is not None and not self.count:
            return (f"air {name}: column '{self.spec.column}' is empty, the standard was taken",)
        return ()


class Measuring:
    """Reads the value column of one map.

    Parameters
    ----------
    mapping
        The readings map.
    table
        Its file.
    molar_mass_g_mol
        Of the gas; None for a raw channel.
    is_path
        Whether the samples are means along paths.
    """

    def __init__(
        self, mapping: ReadingsMap, table: Table, molar_mass_g_mol: float | None, is_path: bool
    ) -> None:
        self.mapping, self.spec = mapping, mapping.value
        self.table, self.molar_mass_g_mol = table, molar_mass_g_mol
        self.unit = unit(self.spec.unit, FRACTION, COLUMN, MASS, RAW, key="readings.value.unit")
        self.temperature = AirGauge(mapping.temperature, TEMPERATURE, table, "readings.temperature")
        self.pressure = AirGauge(mapping.pressure, PRESSURE, table, "readings.pressure")
        self.tally = Tally()
        if self.unit.kind == COLUMN and not is_path:
            raise SettingError(
                f"readings.value.unit = '{self.spec.unit}' is a sum along a path: give its ends in "
                "readings.position (from and to, or to_x, to_y and to_height)"
            )
        if self.spec.std is not None and self.spec.std_value is not None:
            raise SettingError("readings.value: give std (a column) or std_value, not both")
        if self.spec.below_limit == "mask" and self.spec.limit_of_detection is None:
            raise SettingError("readings.value.below_limit needs readings.value.limit_of_detection")

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns of the file that it needs."""
        std = (self.spec.std,) if self.spec.std else ()
        return (self.spec.column, *std, *self.temperature.wanted, *self.pressure.wanted)

    def read(self, chunk: Chunk) -> dict[str, NDArray[Any]]:
        """Values and errors of one piece, masked, in ppm (ppm m along a path) or raw."""
        spec = self.spec
        value = np.array(
            numbers(
                chunk.columns[spec.column], chunk, self.table, name=spec.column, suffix=spec.suffix
            )
        )
        self._mask(value, chunk)
        std = self._std(chunk, len(value))
        temperature, pressure = self.temperature.read(chunk), self.pressure.read(chunk)
        value, std = to_house(value, self.unit), to_house(std, self.unit)
        if self.unit.kind == MASS:
            value, std = (self._ppm(one, temperature, pressure) for one in (value, std))
        return {"value": value, "std": std}

    def _ppm(self, kg_m3: NDArray[np.float64], temperature: Any, pressure: Any) -> Any:
        if self.molar_mass_g_mol is None:
            raise SettingError("a mass concentration needs a gas: set readings.gas")
        return ppm_from_kg_m3(kg_m3, self.molar_mass_g_mol, temperature, pressure)

    def _mask(self, value: NDArray[np.float64], chunk: Chunk) -> None:
        """Make NaN what is no measurement, and count it by reason."""
        spec, leave_out = self.spec, self.tally.leave_out
        self.tally.count(np.isnan(value), "without a value")
        leave_out(value, np.isinf(value), "infinite")
        if self.unit.kind in MOST:
            # a broken line or a code for an error, such as 1e30
            most = MOST[self.unit.kind] / self.unit.factor
            leave_out(value, value > most, "more than pure gas")
        if spec.saturated_at is not None:
            leave_out(value, value >= spec.saturated_at, f"saturated at {spec.saturated_at:g}")
        if spec.at_most is not None:
            leave_out(value, value > spec.at_most, f"above at_most ({spec.at_most:g} {spec.unit})")
        if spec.at_least is not None:
            leave_out(
                value, value < spec.at_least, f"below at_least ({spec.at_least:g} {spec.unit})"
            )
        below_zero = value < 0.0
        if spec.negative == "refuse" and below_zero.any():
            first = int(np.flatnonzero(below_zero)[0])
            raise ReadError(
                self.table.file,
                f"value {value[first]:g} {spec.unit} is negative; set readings.value.negative to "
                "'mask', or to 'keep' if the log is a difference from a background",
                row=int(chunk.rows[first]),
            )
        if spec.negative == "mask" and self.unit.kind != RAW:
            leave_out(value, below_zero, "negative")
        if spec.below_limit == "mask" and spec.limit_of_detection is not None:
            leave_out(value, value < spec.limit_of_detection, "below the limit of detection")

    def _std(self, chunk: Chunk, count: int) -> NDArray[np.float64]:
        if self.spec.std_value is not None:
            return np.full(count, self.spec.std_value)
        if self.spec.std is None:
            return np.full(count, np.nan)
        name = self.spec.std
        std = numbers(chunk.columns[name], chunk, self.table, name=name, suffix=self.spec.suffix)
        return np.where(np.isfinite(std) & (std >= 0.0), std, np.nan)

    def assumptions(self) -> tuple[str, ...]:
        """What had to be supposed about units and air."""
        stated = in_header(self.spec.column)
        notes = []
        if stated is not None and stated != self.spec.unit:
            notes.append(
                f"the header '{self.spec.column}' says {stated}, the map says {self.spec.unit}: "
                "the map was followed"
            )
        return (*notes, *self.temperature.assumption(), *self.pressure.assumption())

    def limit(self) -> float | None:
        """Limit of detection in ppm, ppm m along a path or raw, where there is one."""
        limit = self.spec.limit_of_detection
        if limit is None:
            return None
        scaled = float(to_house(limit, self.unit))
        if self.unit.kind == MASS:
            mean = self.temperature.mean(), self.pressure.mean()
            return float(self._ppm(np.asarray(scaled), *mean))
        return scaled


def stuck(value: NDArray[np.float64], sensor: NDArray[Any], names: Any) -> tuple[str, ...]:
    """Name sensors that read one and the same value all the time."""
    notes = []
    for index, name in enumerate(names):
        own = value[(sensor == index) & ~np.isnan(value)]
        if len(own) >= SHORTEST_STUCK and own.min() == own.max():
            notes.append(f"sensor '{name}' reads {own[0]:g} in all {len(own):,} samples: stuck?")
    return tuple(notes)
