"""How is what was retrieved written down: columns of a scene, with all that shaped them."""

from __future__ import annotations

import msgspec
import numpy as np
from jaxtyping import Int
from numpy import ndarray

from sillage.records.arrays import Arrays
from sillage.records.cube import Geolocation
from sillage.records.enhancement import Enhancement
from sillage.records.provenance import Masked
from sillage.records.scene import Scene
from sillage.retrieve.run import Retrieved

NO_PLACE = "pixels without a place on the ground"


def enhancement_of(
    found: Retrieved, scene: Scene, place: Geolocation, wavelength_nm: ndarray
) -> Enhancement:
    """The record of a retrieval; pixels that lie nowhere are masked in it.

    Parameters
    ----------
    found
        Columns of a gas.
    scene
        Of the cube that they were found in.
    place
        Of all of its lines.
    wavelength_nm
        Of all bands of the cube.
    """
    nowhere = ~(np.isfinite(place.lon_deg) & np.isfinite(place.lat_deg))
    lost = int((nowhere & np.isfinite(found.column_ppm_m)).sum())
    masked = found.masked
    if lost:
        masked = (*masked, Masked(reason=NO_PLACE, count=lost, total=nowhere.size))
    columns = {
        "column_ppm_m": np.where(nowhere, np.nan, found.column_ppm_m).astype(np.float32),
        "std_ppm_m": np.where(nowhere, np.nan, found.std_ppm_m).astype(np.float32),
        "sensitivity": found.sensitivity,
        "lon_deg": place.lon_deg,
        "lat_deg": place.lat_deg,
    }
    units = {"column_ppm_m": "ppm m", "std_ppm_m": "ppm m", "sensitivity": "1"}
    settings = msgspec.to_builtins(found.settings)
    return Enhancement(
        observed_at=scene.observed_at,
        parents=(scene.id,),
        gas=found.target.gas,
        column=Arrays(
            columns,
            dims=dict.fromkeys(columns, ("y", "x")),
            units=units | {"lon_deg": "deg", "lat_deg": "deg"},
        ),
        outline=scene.outline,
        ground_sample_m=scene.ground_sample_m,
        method=found.method,
        settings={name: _plain(value) for name, value in settings.items()}
        | {"air_mass": found.target.air_mass},
        wavelengths_nm=_runs(wavelength_nm, found.target.bands),
        noise_ppm_m=float(np.nanmedian(found.std_ppm_m)),
        masked=masked,
        assumptions=found.assumptions,
    )


def _plain(value: object) -> float | int | str:
    """A setting as a record holds it."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return value
    return msgspec.json.encode(value).decode()


def _runs(wavelength_nm: ndarray, bands: Int[ndarray, " band"]) -> tuple[tuple[float, float], ...]:
    """First and last wavelength of each run of neighbouring bands."""
    breaks = np.flatnonzero(np.diff(bands) > 1) + 1
    return tuple(
        (float(wavelength_nm[run[0]]), float(wavelength_nm[run[-1]]))
        for run in np.split(bands, breaks)
    )
