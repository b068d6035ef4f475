"""Is evidence what an integral says, and a library what an instrument sees?"""

from __future__ import annotations

import numpy as np
import pytest
from heat import BANDS, SHAPE, WAVELENGTH_NM, shape, terrain
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from sillage.detect.background import learn_background
from sillage.detect.contrast import PlumeTemperature
from sillage.detect.pooling import learn_pooling
from sillage.detect.search import MOST_GASES, SIZES, log_prior, search, shares
from sillage.detect.signatures import ALIKE, needed_cm, signatures
from sillage.detect.weighing import FINE_CM, GROUND_SIGMA, Basis, free_basis, free_shapes, weigh
from sillage.errors import NotEnoughInformation, SettingError
from sillage.spectra.cross_section import windows
from sillage.spectra.gas import library as all_gases

FWHM = np.full(BANDS, 75.0)


def basis_of(fine_sigma: float = 0.0) -> Basis:
    wavenumber_cm = 1e7 / WAVELENGTH_NM
    smooth, fine = free_shapes(wavenumber_cm), free_shapes(wavenumber_cm, FINE_CM)
    return free_basis(smooth, fine, fine_sigma=fine_sigma)


def unit(rng: np.random.Generator, gases: int) -> np.ndarray:
    rows = np.abs(rng.standard_normal((gases, BANDS)))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@given(st.integers(0, 1000), st.floats(1.0, 30.0), st.floats(0.0, 5.0))
def test_the_evidence_of_one_gas_is_the_integral_over_its_signal(
    seed: int, size: float, free: float
) -> None:
    rng = np.random.default_rng(seed)
    basis = basis_of()
    signature = unit(rng, 1)
    spectrum = 3.0 * signature[0] + rng.standard_normal(BANDS)
    known = weigh(spectrum, signature, basis, free_sigma=free, signal_sigma=size)
    straying = basis.straying(free)
    seen, line = spectrum @ basis.axis, signature[0] @ basis.axis

    def density(signal: float) -> float:
        left = seen - signal * line
        fit = -0.5 * float((left**2 / straying).sum() + np.log(straying).sum())
        return float(np.exp(fit - known.empty) * 2.0 * norm.pdf(signal, scale=size))

    whole, _ = quad(density, 0.0, 12.0 * size, limit=400, points=[0.0, 3.0, 8.0])
    told = float(known.evidence(np.array([[0]]))[0]) - known.empty
    assert told == pytest.approx(np.log(whole), abs=1e-3)


def test_signals_are_at_least_zero() -> None:
    rng = np.random.default_rng(3)
    signature = unit(rng, 3)
    basis = basis_of()
    known = weigh(-9.0 * signature[0], signature, basis, free_sigma=0.0, signal_sigma=9.0)
    signal, std = known.signals(np.arange(3))
    assert (signal == 0.0).all()
    assert (std > 0.0).all()


def test_every_set_is_searched_at_most_once_and_priors_of_a_size_add_up() -> None:
    rng = np.random.default_rng(4)
    signature = unit(rng, 5)
    basis = basis_of()
    known = weigh(signature[0] * 9.0, signature, basis, free_sigma=0.0, signal_sigma=9.0)
    found = search(known)
    assert {len(each) for each in found} == set(range(1, MOST_GASES + 1))
    assert len(found) == 5 + 10 + 10 + 5
    assert sum(np.exp(log_prior(len(each), 5)) for each in found) == pytest.approx(sum(SIZES))
    assert sum(shares(found).values()) == pytest.approx(1.0)
    assert {len(each) for each in search(known, most=1)} == {1}


def test_confusable_is_mutual_and_holds_the_gas_itself() -> None:
    library = signatures(WAVELENGTH_NM, FWHM)
    alike = library.confusable()
    assert all(gas in alike[gas] for gas in library.gases)
    assert all(gas in alike[other] for gas in library.gases for other in alike[gas])
    gone = library.without(alike["ammonia"])
    assert set(gone.gases) == set(library.gases) - alike["ammonia"]
    assert 0.0 < ALIKE < 1.0


def test_only_gases_with_a_band_in_the_range_are_seen_and_the_others_say_what_they_need() -> None:
    seen = set(signatures(WAVELENGTH_NM, FWHM).gases)
    assert len(seen) >= 40
    assert not seen & {"hydrogen cyanide", "carbon monoxide", "methane", "water vapour"}
    for gas in all_gases():
        for low, high in needed_cm(gas):
            assert any(a <= low < high <= b for a, b in windows(gas))
    assert needed_cm("water vapour") == ()


def test_bands_that_see_no_gas_are_refused() -> None:
    with pytest.raises(NotEnoughInformation, match="2 bands tell no gas"):
        signatures(WAVELENGTH_NM[:2], FWHM[:2])
    far = np.linspace(3000.0, 3300.0, 30)
    with pytest.raises(NotEnoughInformation, match="no gas of the library has a band"):
        signatures(far, np.full(30, 20.0))


@given(st.floats(0.0, 20.0), st.floats(0.0, 20.0))
def test_hypotheses_are_normal_with_noise_lines_ground_and_a_free_shape(
    fine_sigma: float, free_sigma: float
) -> None:
    """Evidence of nothing is a normal density whose covariance is the sum of what may stray."""
    basis = basis_of(fine_sigma)
    wavenumber_cm = 1e7 / WAVELENGTH_NM
    smooth, fine = free_shapes(wavenumber_cm), free_shapes(wavenumber_cm, FINE_CM)
    covariance = np.eye(BANDS) + fine_sigma**2 * fine / np.trace(fine)
    covariance += (GROUND_SIGMA**2 + free_sigma**2) * smooth / np.trace(smooth)
    spectrum = np.random.default_rng(0).standard_normal(BANDS)
    known = weigh(spectrum, np.eye(BANDS)[:2], basis, free_sigma=free_sigma, signal_sigma=9.0)
    told = known.empty - 0.5 * BANDS * np.log(2.0 * np.pi)
    assert told == pytest.approx(multivariate_normal(cov=covariance).logpdf(spectrum), rel=1e-6)


def noise_cube(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((*SHAPE, BANDS)) + 10.0


def test_noise_is_found_as_it_is_and_ground_lies_along_few_directions() -> None:
    rng = np.random.default_rng(5)
    warmth = np.asarray(terrain().temperature_K - 290.0)
    cube = noise_cube(5) * 0.2 + warmth[..., None] * np.linspace(0.5, 1.0, BANDS)
    background = learn_background(cube, rng.random(SHAPE) < 0.8)
    assert np.median(background.noise) == pytest.approx(0.2, rel=0.03)
    assert len(background.variance) == 1
    white = background.whitened(cube[:20].reshape(-1, BANDS) - background.mean)
    assert white.std() == pytest.approx(1.0, rel=0.05)


def test_what_is_pooled_of_pure_noise_strays_by_one() -> None:
    cube, mask = noise_cube(6), shape() > 0.3
    clear = ~mask
    background = learn_background(cube, clear)
    pooling = learn_pooling(
        cube, background, plume=mask, clear=clear, weight=np.ones(int(mask.sum()))
    )
    pooled = pooling.pool(cube[mask] - background.mean)
    assert pooling.windows >= 8
    assert (pooled**2).mean() == pytest.approx(1.0, abs=0.5)
    assert (pooling.weight**2).sum() == pytest.approx(1.0)


def test_without_room_for_control_windows_the_worst_is_supposed() -> None:
    cube = noise_cube(7)
    clear = np.zeros(SHAPE, dtype=bool)
    clear[:4] = True
    mask = np.zeros(SHAPE, dtype=bool)
    mask[12:] = True
    background = learn_background(cube, clear)
    pooling = learn_pooling(
        cube, background, plume=mask, clear=clear, weight=np.ones(int(mask.sum()))
    )
    assert pooling.windows == 0
    assert pooling.floor > 1.0


def test_a_band_that_never_varies_is_named() -> None:
    cube = noise_cube(8)
    cube[..., 3] = 1.0
    with pytest.raises(NotEnoughInformation, match="band 3 has one value"):
        learn_background(cube, np.ones(SHAPE, dtype=bool))


def test_a_plume_has_a_temperature_above_zero() -> None:
    with pytest.raises(SettingError, match="above 0 K"):
        PlumeTemperature(mean_K=-3.0)
    nodes, share = PlumeTemperature(mean_K=290.0, std_K=2.0).nodes()
    assert share.sum() == pytest.approx(1.0)
    assert share @ nodes == pytest.approx(290.0)
    assert np.sqrt(share @ (nodes - 290.0) ** 2) == pytest.approx(2.0, rel=0.05)
