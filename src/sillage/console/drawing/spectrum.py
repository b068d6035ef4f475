"""Is it this gas: how does the spectrum of a plume run, and what was fitted to it?"""

from __future__ import annotations

import numpy as np

from sillage.console.drawing.markup import Markup
from sillage.console.drawing.scales import Scale, nice_bounds, number
from sillage.console.drawing.svg import (
    PANEL_WIDTH,
    Box,
    bars,
    bottom_axis,
    clipped,
    dots,
    panel,
    polyline,
    readout,
    value_axis,
    words,
)
from sillage.records.plume_spectrum import PlumeSpectrum

HEIGHT = 240.0
BOX = Box(48.0, 44.0, PANEL_WIDTH - 12.0, HEIGHT - 44.0)
_GAP = 3.0  # usual steps of wavelength, beyond which a line would bridge bands that are missing


def spectrum_figure(spectrum: PlumeSpectrum, title: str) -> Markup:
    """Change of the light by the plume, in percent, band by band, and the fit.

    What the ground about the plume explains is taken out of what was measured; and, in sunlight,
    that the plume's ground is brighter or darker.
    """
    bands = spectrum.bands
    micrometres, ratio, fit, ground = (
        np.asarray(bands[name], dtype=np.float64)
        for name in ("wavelength_nm", "measured", "fitted", "ground")
    )
    micrometres = micrometres / 1000.0
    brighter = float(fit.max()) if spectrum.controls else 0.0
    ratio, fit = ratio - brighter, fit - brighter
    measured, fitted = 100.0 * np.expm1(ratio - ground), 100.0 * np.expm1(fit)
    across = Scale(float(micrometres[0]), float(micrometres[-1]), BOX.left + 4, BOX.right - 4)
    up = Scale(*nice_bounds(np.concatenate([measured, fitted])), BOX.bottom, BOX.top)
    x = across(micrometres)
    gapped = x.copy()
    step = np.diff(micrometres)
    gapped[1:][step > _GAP * np.median(step)] = np.nan
    layers = [polyline(gapped, up(fitted), "model-line"), dots(x, up(measured), "measured-dots")]
    if "std" in bands:
        std = 100.0 * np.asarray(bands["std"], dtype=np.float64)
        layers.insert(0, bars(x, up(measured - std), up(measured + std), "measured-bars"))
    notes = [
        f"{nm:.3f} \N{MICRO SIGN}m  measured {number(m)} %, fitted {number(f)} %"
        for nm, m, f in zip(micrometres.tolist(), measured.tolist(), fitted.tolist(), strict=True)
    ]
    gases = " + ".join(spectrum.gases) or "no gas"
    return panel(
        HEIGHT,
        value_axis(BOX, up, unit="%"),
        clipped(BOX, *layers),
        bottom_axis(BOX, across, unit="wavelength, \N{MICRO SIGN}m"),
        words(BOX.left, 18, title, look="name"),
        words(BOX.right, 18, f"fit of {gases}", anchor="end", look="unit"),
        readout(BOX, x, up(measured), notes),
        title=f"Spectrum of {title.lower()} against the ground about it",
        described=(
            f"Change of the light in percent over wavelength; the fit of {gases} explains "
            f"{number(100.0 * spectrum.explained)} percent of it."
        ),
        kind="spectrum",
    )
