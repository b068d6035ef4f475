"""Which gas is it that a plume in a cube of heat is made of?

Answers with candidates and their probabilities; or that what shows is not in the library, that
nothing shows, or that nothing could, since a plume as warm as what lies behind it has no contrast.
The last three come without a name. The way there stands in `docs/explain/identification.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64
from numpy import ndarray

from sillage.detect.background import Background, learn_background
from sillage.detect.columns import MOLECULES, columns_alone, limit_ppm_m
from sillage.detect.contrast import PlumeTemperature, kelvins, opaque
from sillage.detect.hypotheses import NOTHING, Hypothesis, Plume, columns_of, explain
from sillage.detect.pooling import learn_pooling
from sillage.detect.search import shares
from sillage.detect.signatures import Signatures, signatures
from sillage.detect.view import View, view_of
from sillage.records.cube import Cube
from sillage.records.detection import NOT_IN_LIBRARY, Candidate
from sillage.spectra.lwir import Path

Verdict = Literal["identified", "ambiguous", "not in library", "nothing", "no contrast"]

_VISIBLE = 5.0
"""In one-sigma: a plume that could not show by as much has no contrast."""
_LEAST_NAMED = 1e-3
"""Candidates less probable are left out, and the others share what they had."""


@dataclass(frozen=True)
class GasColumn:
    """How much of a gas the plume holds, as a mean over its pixels."""

    gas: str
    column_ppm_m: float
    std_ppm_m: float
    """One sigma, with that of the plume's temperature, without that of the library's own bands."""
    limit_ppm_m: float
    """Limit of detection in one pixel."""


@dataclass(frozen=True, kw_only=True)
class Identification:
    """What a plume may be made of."""

    verdict: Verdict
    reason: str
    """One sentence for the person who reviews it."""
    probability: float
    """That something is there, equally probable beforehand."""
    candidates: tuple[Candidate, ...]
    """The most probable first; they add up to 1, and are none where nothing is there or shows."""
    columns: tuple[GasColumn, ...]
    """Of the first candidate's gases."""
    confusable: Mapping[str, frozenset[str]]
    """For each gas that is named, those that this instrument cannot tell from it."""
    contrast_K: float
    """Of the plume before its background, as supposed of its temperature; median over pixels."""
    limits_ppm_m: Mapping[str, float]
    """Limit of detection of every gas in one pixel, at that contrast."""
    pixels: int
    control_windows: int
    """With fewer than eight, straying is supposed and not measured."""
    assumptions: tuple[str, ...]

    def answer(self, share: float = 0.9) -> tuple[Candidate, ...]:
        """The fewest candidates that hold a share of the probability."""
        held = np.cumsum([candidate.probability for candidate in self.candidates])
        return self.candidates[: int(np.searchsorted(held, share - 1e-9)) + 1]


def identify(
    cube: Cube,
    plume: Bool[ndarray, "line sample"],
    *,
    temperature: PlumeTemperature,
    path: Path | None = None,
    gases: Sequence[str] | None = None,
) -> Identification:
    """Tell what a plume is made of.

    Parameters
    ----------
    cube
        At-sensor radiance with bands that see heat.
    plume
        Its pixels: those that a detector claimed, see `sillage.detect.screen.find_plume`.
    temperature
        Of the plume, as known beforehand; that of the air with its error, as a rule.
    path
        Air between plume and sensor, at the cube's usable heat bands; clear where None.
    gases
        Those that may be named; all that the instrument could tell where None.

    Raises
    ------
    NotEnoughInformation
        The plume or the ground about it has too few pixels, the cube holds no radiance of heat, or
        a gas has no band in the instrument's range; says which range it needs.
    RecordError
        The mask has another shape than the cube.
    """
    view = view_of(cube, plume, gases=gases)
    library = signatures(view.wavelength_nm, view.fwhm_nm, gases)
    return identify_in(view, library, temperature=temperature, path=path or Path())


def identify_in(
    view: View, library: Signatures, *, temperature: PlumeTemperature, path: Path
) -> Identification:
    """The same, of what was read and a library that was seen; see `identify`."""
    return answer_of(looked_at(view, library, temperature=temperature, path=path))


class Looked(NamedTuple):
    """A plume before its background, as it is weighed and drawn."""

    view: View
    background: Background
    plume: Plume
    plume_K: float
    """Middle of the temperatures that it may have."""


def looked_at(
    view: View, library: Signatures, *, temperature: PlumeTemperature, path: Path
) -> Looked:
    """Learn the ground about a plume, and pool the plume before it.

    Raises
    ------
    NotEnoughInformation
        There are too few clear pixels.
    """
    background = learn_background(view.radiance, view.clear)
    ready = prepare(view, background, library, temperature=temperature, path=path)
    return Looked(view, background, ready, temperature.mean_K)


def answer_of(looked: Looked) -> Identification:
    """Weigh what a plume may be made of."""
    view, background, ready, plume_K = looked
    library = ready.library
    posterior = shares(explain(ready))
    probability = 1.0 - posterior.pop(NOTHING)
    middle = ready.contrast[len(ready.contrast) // 2]
    shown_K = float(np.median(kelvins(view.wavelength_nm, middle, plume_K)))
    limits = limit_ppm_m(background, middle.mean(axis=0), library)
    known = dict(zip(library.gases, limits.tolist(), strict=True))
    candidates = _candidates(posterior, library) if probability >= 0.5 else ()
    verdict, reason = _verdict(ready, candidates, shown_K)
    if verdict in {"nothing", "no contrast"}:
        candidates = ()
    named = {gas for one in candidates for gas in one.substances if gas != NOT_IN_LIBRARY}
    alike = library.confusable()
    return Identification(
        verdict=verdict,
        reason=reason,
        probability=probability,
        candidates=candidates,
        columns=_columns(ready, candidates, known),
        confusable={gas: alike[gas] for gas in sorted(named)},
        contrast_K=shown_K,
        limits_ppm_m=known,
        pixels=int(view.plume.sum()),
        control_windows=ready.pooling.windows,
        assumptions=(*view.assumptions, *_ASSUMED),
    )


def prepare(
    view: View,
    background: Background,
    library: Signatures,
    *,
    temperature: PlumeTemperature,
    path: Path,
) -> Plume:
    """Pool a plume before its background, at each temperature that it may have."""
    spectra = view.radiance[view.plume]  # pixel band
    beneath = background.beneath(spectra)
    nodes, share = temperature.nodes()
    glow = np.stack([opaque(view.wavelength_nm, float(node), path) for node in nodes])
    contrast = glow[:, None, :] - beneath  # node pixel band
    middle = contrast[len(nodes) // 2]
    weight = kelvins(view.wavelength_nm, middle, temperature.mean_K)
    pooling = learn_pooling(
        view.radiance,
        background,
        plume=view.plume,
        clear=view.clear,
        weight=weight if weight.any() else np.ones(len(weight)),
    )
    spectrum = pooling.pool(spectra - background.mean)
    profile = _profile(*columns_alone(background, spectra, middle, library))
    return Plume(pooling, spectrum, contrast, share, profile, library)


_ASSUMED = (
    "gases are those of the library, smoothed to 4 cm-1, at the temperature of its entries",
    "all gases of a plume are spread alike and have one temperature",
)


def _profile(
    column: Float64[ndarray, "pixel gas"], std: Float64[ndarray, "pixel gas"]
) -> Float64[ndarray, " pixel"]:
    """Column of each pixel over the mean, by the gas that alone explains most, of either sign."""
    total = (column / std**2).sum(axis=0) / np.sqrt((std**-2.0).sum(axis=0))
    best = int(np.argmax(np.abs(total)))
    shape = np.maximum(np.sign(total[best]) * column[:, best], 0.0)
    # Where contrast vanishes a column is no more than its error.
    shape = np.minimum(shape, 4.0 * np.median(shape) + np.median(std[:, best]))
    return np.asarray(shape / shape.mean()) if shape.any() else np.ones(len(shape))


def _candidates(
    posterior: Mapping[Hypothesis, float], library: Signatures
) -> tuple[Candidate, ...]:
    worth: dict[tuple[str, ...], float] = {}
    for hypothesis, probability in posterior.items():
        gases = tuple(library.gases[place] for place in sorted(hypothesis.gases))
        told = (NOT_IN_LIBRARY,) if hypothesis.strange else gases
        worth[told] = worth.get(told, 0.0) + probability
    top = max(worth.values())
    kept = {told: value for told, value in worth.items() if value >= _LEAST_NAMED * top}
    total = sum(kept.values())
    ranked = sorted(kept.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Candidate(substances=told, probability=min(1.0, value / total)) for told, value in ranked
    )


def _verdict(
    plume: Plume, candidates: tuple[Candidate, ...], shown_K: float
) -> tuple[Verdict, str]:
    if _most_signal(plume) < _VISIBLE:
        return "no contrast", (
            f"the plume is as warm as its background (contrast {shown_K:.2f} K): no column of any "
            "gas would show; look again when ground and air differ"
        )
    if not candidates:
        return "nothing", "what the mask holds is no more than ground without gas strays by"
    first = candidates[0]
    if first.substances == (NOT_IN_LIBRARY,):
        return "not in library", (
            f"no set of up to four gases of the library explains the spectrum "
            f"(probability {first.probability:.2f})"
        )
    named = " with ".join(first.substances)
    if first.probability >= 0.5:
        return "identified", f"{named}, with probability {first.probability:.2f}"
    return "ambiguous", f"{named} is likeliest of {len(candidates)} candidates, but not likely"


def _most_signal(plume: Plume) -> float:
    """What the best column of any gas, of optical depth 1 at its top, could show, in one-sigma."""
    top = MOLECULES * plume.library.cross_section_cm2.max(axis=1)
    seen = [np.linalg.norm(plume.signature(n), axis=1) / top for n in range(len(plume.contrast))]
    return float(np.max(seen))


def _columns(
    plume: Plume, candidates: tuple[Candidate, ...], limits: Mapping[str, float]
) -> tuple[GasColumn, ...]:
    if not candidates or candidates[0].substances == (NOT_IN_LIBRARY,):
        return ()
    names = candidates[0].substances
    column, std = columns_of(plume, [plume.library.gases.index(gas) for gas in names])
    return tuple(
        GasColumn(gas, float(column[at]), float(std[at]), limits[gas])
        for at, gas in enumerate(names)
    )
