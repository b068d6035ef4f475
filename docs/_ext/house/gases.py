"""Which gases does the library know?"""

from __future__ import annotations

from house.markdown import code, table
from sillage.spectra.gas import library


def undocumented() -> list[str]:
    """Gases that lack a CAS number or a formula, by which a reader could look them up."""
    return [name for name, gas in library().items() if not gas.cas or not gas.formula]


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
        ]
    )
