"""How is the spectrum of a plume written down, for the person who asks why it is this gas?"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from numpy import ndarray

from sillage.detect.claims import Claim, quantity
from sillage.detect.fit import HeatSpectrum
from sillage.detect.mass import Amount
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.plume_spectrum import PlumeSpectrum

METHOD = "mean spectrum against control windows"
HEAT_METHOD = "mean spectrum against modelled ground"


def spectrum_of(
    claim: Claim,
    gas: str,
    wavelength_nm: Float64[ndarray, " band"],
    *,
    observed_at: Interval,
    parents: tuple[str, ...],
) -> PlumeSpectrum | None:
    """The spectrum that a claim was vetted by; None where there was too little ground about it.

    Parameters
    ----------
    claim
        A plume.
    gas
        That was fitted.
    wavelength_nm
        Of the bands of the fit.
    observed_at, parents
        Of the record.
    """
    fit = claim.fit
    if fit is None:
        return None
    columns = {
        "wavelength_nm": wavelength_nm,
        "measured": fit.log_ratio,
        "fitted": fit.fitted,
        "ground": fit.ground,
    }
    return PlumeSpectrum(
        observed_at=observed_at,
        parents=parents,
        gases=(gas,),
        bands=Arrays(
            columns,
            dims="band",
            units=dict.fromkeys(columns, "1") | {"wavelength_nm": "nm"},
        ),
        pixels=fit.pixels,
        controls=fit.windows,
        explained=fit.explained,
        column=quantity(Amount(fit.column_ppm_m, fit.std_ppm_m), "ppm m"),
        method=METHOD,
    )


def heat_spectrum_of(
    seen: HeatSpectrum, pixels: int, *, observed_at: Interval, parents: tuple[str, ...]
) -> PlumeSpectrum:
    """The spectrum that a plume of a cube of heat was named by.

    Parameters
    ----------
    seen
        The plume against its fit.
    pixels
        Of the plume.
    observed_at, parents
        Of the record.
    """
    left, whole = ((seen.plume - one) / seen.std for one in (seen.fitted, seen.ground))
    columns = {
        "wavelength_nm": seen.wavelength_nm,
        "measured": np.log(seen.plume / seen.ground),
        "fitted": np.log(seen.fitted / seen.ground),
        "ground": np.zeros_like(seen.plume),
        "std": seen.std / seen.plume,
    }
    total = float(whole @ whole)
    return PlumeSpectrum(
        observed_at=observed_at,
        parents=parents,
        gases=seen.gases,
        bands=Arrays(
            columns, dims="band", units=dict.fromkeys(columns, "1") | {"wavelength_nm": "nm"}
        ),
        pixels=pixels,
        controls=0,
        explained=1.0 - float(left @ left) / total if total > 0.0 else 0.0,
        method=HEAT_METHOD,
    )
