"""Which gases does the library know?"""

from __future__ import annotations

from collections.abc import Iterator

from house.markdown import code, table
from sillage.spectra.entry import bands_of
from sillage.spectra.gas import library


def undocumented() -> list[str]:
    """Gases that a reader could not look up, and spectra that do not say where they come from."""
    missing = [name for name, gas in library().items() if not gas.cas or not gas.formula]
    return missing + [
        f"{name}: {entry.low_cm:g} cm-1"
        for name, gas in library().items()
        for entry in gas.spectra
        if not (entry.source and entry.licence and entry.file and entry.sha256)
    ]


def page() -> str:
    """The page of gases."""
    rows = [
        (
            code(name),
            ", ".join(other for other in gas.names if other != name),
            gas.formula,
            gas.cas,
            f"{gas.molar_mass_g_mol:.3f}",
            "" if gas.background_ppm is None else f"{gas.background_ppm:g}",
        )
        for name, gas in sorted(library().items())
    ]
    heads = ("gas", "also called", "formula", "CAS", "g/mol", "background, ppm")
    return "\n".join(
        [
            "# Gases\n",
            "A gas is a file in `src/sillage/spectra/library/`, and adding one needs no Python.\n",
            table(heads, rows),
            "## Spectra\n",
            "Fits of our own to these sources, smoothed to 4 cm-1; errors are of fit to source.",
            "*Stated* is what the source says of itself.\n",
            table(SPECTRUM_HEADS, _spectra()),
        ]
    )


SPECTRUM_HEADS = (
    "gas",
    "cm-1",
    "um",
    "bells",
    "K",
    "hPa",
    "stated",
    "integral",
    "peak",
    "residual",
    "source",
    "licence",
)


def _spectra() -> Iterator[tuple[str, ...]]:
    for name, gas in sorted(library().items()):
        for entry in gas.spectra:
            yield (
                code(name),
                f"{entry.low_cm:g} to {entry.high_cm:g}",
                f"{1e4 / entry.high_cm:.2f} to {1e4 / entry.low_cm:.2f}",
                str(len(bands_of(entry.bands))),
                f"{entry.temperature_K:g}",
                f"{entry.pressure_hPa:g}",
                "" if entry.uncertainty is None else f"{100.0 * entry.uncertainty:.1f} %",
                f"{100.0 * entry.integral_error:+.2f} %",
                f"{100.0 * entry.peak_error:+.2f} %",
                f"{100.0 * entry.residual:.2f} %",
                entry.source,
                entry.licence,
            )
