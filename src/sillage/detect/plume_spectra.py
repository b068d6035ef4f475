"""How is the spectrum of a plume written down, for the person who asks why it is this gas?"""

from __future__ import annotations

from jaxtyping import Float64
from numpy import ndarray

from sillage.detect.claims import Claim, quantity
from sillage.detect.mass import Amount
from sillage.records.arrays import Arrays
from sillage.records.base import Interval
from sillage.records.plume_spectrum import PlumeSpectrum

METHOD = "mean spectrum against control windows"


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
