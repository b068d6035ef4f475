"""How is a whole cube retrieved, whatever its size: read once, filtered in pieces, put together?

    cube -> columns on disk -> filter, a block of columns at a time -> average over neighbours
              hold out what stands out, and filter again  <-'

What stands out is held out of the background only where neighbours agree: a single odd pixel is
clutter, and the background must know of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from jaxtyping import Bool, Float32
from numpy import ndarray
from scipy.ndimage import binary_dilation

from sillage import registry
from sillage.errors import NotEnoughInformation
from sillage.records.cube import Cube
from sillage.records.provenance import Masked
from sillage.retrieve import groups
from sillage.retrieve.aggregate import Aggregated, aggregate, neighbours
from sillage.retrieve.groups import Kinds, Work
from sillage.retrieve.settings import ENOUGH_LINES, Settings
from sillage.retrieve.spool import Spooled, spool
from sillage.retrieve.target import Target, target_of
from sillage.retrieve.work import Executor, Here, resumed

METHOD = "matched"
_BLOCK_BYTES = 48 << 20  # of radiance that a worker takes at a time
_OVERHEAD = 2.0  # air mass where nothing is known of the sun


class Retrieved(NamedTuple):
    """What was found in a cube."""

    column_ppm_m: Float32[ndarray, "line sample"]
    std_ppm_m: Float32[ndarray, "line sample"]
    sensitivity: Float32[ndarray, "line sample"]
    together: Aggregated
    """Over neighbours, and for the sensitivity of each."""
    target: Target
    method: str
    settings: Settings
    masked: tuple[Masked, ...]
    assumptions: tuple[str, ...]


def retrieve(
    cube: Cube,
    gas: str,
    folder: Path,
    *,
    method: str = METHOD,
    settings: Settings | None = None,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Retrieved:
    """Column of a gas above the background in every pixel of a cube.

    Parameters
    ----------
    cube
        Radiance.
    gas
        Of the library.
    folder
        For columns and finished blocks; a retrieval that is begun again there, of the same cube
        and with the same settings, goes on where it stopped.
    method
        Name of a filter among the installed retrievers.
    settings
        How pixels are grouped and masked.
    executor
        Who does the work; the caller where None.
    tell
        Told what happens.

    Raises
    ------
    UnknownName
        There is no such gas or method.
    NotEnoughInformation
        The instrument does not see the gas, or no pixel has a background.
    """
    chosen = settings or Settings()
    registry.find("retrievers", method)
    sun, air_mass, said = _light(cube)
    target = target_of(gas, cube, air_mass=air_mass, windows_nm=chosen.windows_nm)
    chosen = _grouped(chosen, cube, target)
    tell("reading the cube")
    read = spool(cube, target.bands, folder, settings=chosen.masks, sun_zenith_deg=sun)
    held = np.zeros(read.clear.shape, dtype=bool)
    ask = partial(_filtered, read, target, (method, chosen), executor or Here())
    column, std, sensitivity = ask(held, partial(_say, tell, "filtered"))
    together = aggregate(column, sensitivity, scale_px=chosen.scale_px)
    held = _standing_out(together, chosen.held_out)
    if held.any() and method != "sparse":  # that one takes the gas out itself
        del column, std, sensitivity, together  # so that no map is held twice
        column, std, sensitivity = ask(held, partial(_say, tell, "filtered again"))
        together = aggregate(column, sensitivity, scale_px=chosen.scale_px, held=held)
    masked = (*cube.masked, *_masked(read, column))
    alike = _as_alike(target, chosen)
    supposed = (*cube.assumptions, *said, *target.assumptions, *alike, *_skipped(read, cube))
    found = column, std, sensitivity, together
    return Retrieved(*found, target, method, chosen, masked, supposed)


def _filtered(
    read: Spooled,
    target: Target,
    how: tuple[str, Settings],
    who: Executor,
    held: Bool[ndarray, "line sample"],
    tell: Callable[[int, int], None],
) -> Float32[ndarray, "3 line sample"]:
    """Column, error and sensitivity of every pixel."""
    method, settings = how
    samples, lines, bands = read.shape
    step = max(1, _BLOCK_BYTES // (4 * lines * bands))
    tasks = [(start, min(start + step, samples)) for start in range(0, samples, step)]
    depth = target.depth if settings.straight else None
    work = Work(registry.find("retrievers", method), target.unit_absorption, depth, target.smile)
    do = partial(_block, read, held, work, settings, _kinds(read, target, held, settings))
    kept = read.path.parent / _name_of(target, held, how)
    kept.mkdir(exist_ok=True)
    found = np.full((3, samples, lines), np.nan, dtype=np.float32)
    for done, (place, block) in enumerate(resumed(who, do, tasks, kept), 1):
        found[:, slice(*tasks[place])] = block
        tell(done, len(tasks))
    if not np.isfinite(found[0]).any():
        raise NotEnoughInformation(_none_clear(read, bands))
    return found.transpose(0, 2, 1)


def _masked(read: Spooled, column: Float32[ndarray, "line sample"]) -> Iterator[Masked]:
    """What has no column, by reason."""
    lost = int((read.clear & np.isnan(column)).sum())
    reasons = read.masked + Counter({"too small a background": lost} if lost else {})
    for why, count in reasons.items():
        yield Masked(reason=why, count=count, total=column.size)


def _say(tell: Callable[[str], None], what: str, done: int, count: int) -> None:
    tell(f"{what} {done} of {count} blocks")


def _standing_out(together: Aggregated, sigmas: float) -> Bool[ndarray, "line sample"]:
    """Pixels around a peak that is no clutter; none where sigmas are 0."""
    height = np.nan_to_num(together.sigmas)
    if sigmas <= 0.0:
        return np.zeros(height.shape, dtype=bool)
    return np.asarray(binary_dilation(neighbours(height > sigmas, height > sigmas / 3.0)))


def _block(
    read: Spooled,
    held: Bool[ndarray, "line sample"],
    work: Work,
    settings: Settings,
    kinds: Kinds | None,
    task: tuple[int, int],
) -> Float32[ndarray, "3 some line"]:
    """Filter some columns; runs in a worker."""
    some = slice(*task)
    if work.smile is not None:
        work = work._replace(smile=work.smile.some(some))
    block = groups.Block(np.asarray(read.columns(*task)), read.clear[:, some].T, held[:, some].T)
    if kinds is not None:
        found = groups.by_kind(block, work, kinds)
    elif settings.group == "window":
        found = groups.by_window(block, work, settings.window_lines)
    else:
        found = groups.by_column(block, work)
    return found.astype(np.float32)


def _kinds(
    read: Spooled, target: Target, held: Bool[ndarray, "line sample"], settings: Settings
) -> Kinds | None:
    """Pixels that stand for the scene, where it is one background or a few."""
    if settings.group not in {"scene", "cluster"}:
        return None
    samples, lines = np.nonzero(read.clear.T)
    if not samples.size:
        return None
    chosen = np.unique(np.linspace(0, samples.size - 1, groups.SPREAD).astype(np.int64))
    whole = read.columns(0, read.shape[0])
    samples, lines = samples[chosen], lines[chosen]
    count = settings.clusters if settings.group == "cluster" else 1
    standing = whole[samples, lines]
    return groups.kinds_of(standing, held[lines, samples], count, target.unit_absorption)


def _grouped(settings: Settings, cube: Cube, target: Target) -> Settings:
    """The settings, with a group that suits the cube if none was asked for."""
    if settings.group != "auto":
        return settings
    long = cube.grid == "sensor" and cube.lines >= ENOUGH_LINES * target.bands.size
    return msgspec.structs.replace(settings, group="column" if long else "cluster")


def _light(cube: Cube) -> tuple[float | None, float, tuple[str, ...]]:
    """Height of the sun, the air mass of the light's way, and what had to be supposed."""
    from sillage.spectra.swir import two_way_air_mass

    middle = cube.geolocation(cube.lines // 2, min(cube.lines // 2 + 1, cube.lines))
    if middle is None or middle.sun_zenith_deg is None:
        return None, _OVERHEAD, ("the sun and the sensor are taken to be overhead: air mass 2",)
    sun = float(np.nanmedian(middle.sun_zenith_deg))
    if middle.view_zenith_deg is None:
        return sun, two_way_air_mass(sun), ("the sensor is taken to look straight down",)
    view = float(np.nanmedian(middle.view_zenith_deg))
    return sun, two_way_air_mass(sun, view), ()


def _name_of(target: Target, held: Bool[ndarray, "line sample"], how: tuple[str, Settings]) -> str:
    """Folder of finished blocks, of its own for every question."""
    asked = msgspec.json.encode([target.gas, target.wavelength_nm.tolist(), *how])
    return f"blocks-{hashlib.sha256(asked + np.packbits(held).tobytes()).hexdigest()[:16]}"


def _skipped(read: Spooled, cube: Cube) -> tuple[str, ...]:
    if not read.skipped:
        return ()
    why = "bands" if cube.about.quantity == "radiance" else "a unit of radiance"
    return (f"not masked, for want of {why}: {', '.join(read.skipped)}",)


def _as_alike(target: Target, settings: Settings) -> tuple[str, ...]:
    if target.smile is None or settings.group in {"column", "window"}:
        return ()
    said = (
        "detector columns are taken to see alike, for they share a background, though their "
        "wavelengths differ; group=column takes each as it is"
    )
    return (said,)


def _none_clear(read: Spooled, bands: int) -> str:
    told = ", ".join(f"{count} {reason}" for reason, count in read.masked.most_common())
    return (
        f"no pixel has a background: {int(read.clear.sum())} of {read.clear.size} are clear for "
        f"{bands} bands ({told or 'none masked'}), too few in a group, or with bands that repeat "
        f"one another; take a scene as one group, or fewer bands"
    )
