"""How does what a reader found become a cube: bands in order, one unit, what is no value known."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from sillage.errors import ReadError, SettingError
from sillage.records.cube import Indices
from sillage.sense.cubes.hints import Found, Hints
from sillage.sense.cubes.stored import StoredCube
from sillage.sense.cubes.units import (
    COUNTS,
    Scale,
    factor_of,
    guess,
    is_reflectance,
    refuse_reflectance,
    unit_within,
)
from sillage.sense.cubes.wavelengths import settle_bands

_LOOKED_AT = (1 / 6, 1 / 2, 5 / 6)
"""Where along the cube one line each is looked at, if its unit is not written."""


def settle(found: Found, hints: Hints) -> StoredCube:
    """The cube that was found in a file.

    Raises
    ------
    ReadError
        It is empty, is reflectance, or its wavelengths do not match; says what to give.
    """
    lines, samples, bands = found.store.shape
    if not lines * samples * bands:
        raise ReadError(hints.name, f"is empty: {lines} lines, {samples} samples, {bands} bands")
    settled = settle_bands(found.spectrum, bands, hints)
    gain = _each(found.gain, bands, "gains", hints.name)[settled.order]
    offset = _each(found.offset, bands, "offsets", hints.name)[settled.order]
    notes = [*found.assumptions, *settled.assumptions]
    ignore = tuple(number for number in found.ignore if np.isfinite(number))
    if found.grid == "map" and not ignore:
        ignore = (0.0,)
        notes.append("no number for missing values is written: on this map 0 is taken as none")
    numbers = _some_numbers(found, settled.order, ignore) * gain + offset
    scale = _scale(found, hints, numbers, settled.wavelength_nm)
    notes += [scale.assumption] if scale.assumption else []
    if hints.negative == "keep":
        notes.append("negative radiance is kept")
    saturated = found.saturated
    if saturated is None and found.store.dtype.kind in "iu":
        saturated = float(np.iinfo(found.store.dtype).max)
    if settled.by_sample_nm is not None and len(settled.by_sample_nm) != samples:
        raise ReadError(
            hints.name,
            f"has wavelengths for {len(settled.by_sample_nm)} columns, but {samples} samples",
        )
    return StoredCube(
        store=found.store,
        order=settled.order,
        gain=gain * scale.factor,
        offset=offset * scale.factor,
        wavelength_nm=settled.wavelength_nm,
        fwhm_nm=settled.fwhm_nm,
        usable=settled.usable,
        wavelength_by_sample_nm=settled.by_sample_nm,
        grid=found.grid,
        about=found.about._replace(quantity="counts" if scale.is_counts else "radiance"),
        masked=(*found.masked, *settled.masked),
        assumptions=tuple(dict.fromkeys(notes)),
        places=found.places,
        ignore=ignore,
        saturated=saturated,
        negative=hints.negative,
    )


def _each(given: object, bands: int, what: str, name: str) -> Float64[ndarray, " band"]:
    array = np.asarray(given, dtype=np.float64)
    if array.ndim == 0:
        return np.full(bands, float(array))
    if array.shape != (bands,):
        raise ReadError(name, f"has {array.size} {what} for {bands} bands; mend its header")
    return array


def _some_numbers(
    found: Found, order: Indices, ignore: tuple[float, ...]
) -> Float[ndarray, "pixel band"]:
    """Numbers of a few lines, NaN where there is no value."""
    lines = found.store.shape[0]
    chosen = sorted({int(lines * part) for part in _LOOKED_AT})
    raw = np.concatenate([found.store.piece(line, line + 1, order) for line in chosen])
    numbers = raw.reshape(-1, len(order)).astype(np.float64)
    numbers[np.isin(raw.reshape(-1, len(order)), np.array(ignore, dtype=np.float64))] = np.nan
    numbers[~np.isfinite(numbers) | (numbers <= -999.0)] = np.nan
    return numbers


def _scale(
    found: Found,
    hints: Hints,
    numbers: Float[ndarray, "pixel band"],
    wavelength_nm: Float64[ndarray, " band"],
) -> Scale:
    ones = np.ones(len(wavelength_nm))
    if hints.unit == COUNTS:
        return Scale(ones, is_counts=True, assumption="numbers are taken as counts, as asked for")
    if hints.unit is not None:
        try:
            return Scale(factor_of(hints.unit, wavelength_nm))
        except ValueError:
            raise SettingError(
                f"unit '{hints.unit}' is no unit of radiance; write for example "
                "'uW cm-2 sr-1 nm-1', 'W m-2 sr-1 um-1', or 'counts'"
            ) from None
    for text in (found.unit or "", found.quantity):
        if is_reflectance(text):
            raise refuse_reflectance(hints.name, f"it says '{' '.join(text.split())[:60]}'")
    for unit in filter(None, (found.unit, unit_within(found.quantity))):
        try:
            return Scale(factor_of(unit, wavelength_nm))
        except ValueError:
            if unit.strip().lower() in {"dn", "count", COUNTS, "digital number"}:
                note = "numbers are counts in proportion to radiance, of an unknown scale"
                return Scale(ones, is_counts=True, assumption=note)
    scale = guess(numbers, wavelength_nm, hints.name)
    if found.unit and scale.assumption:
        said = scale.assumption.replace("no unit is written", f"'{found.unit}' is no known unit")
        return scale._replace(assumption=said)
    return scale
