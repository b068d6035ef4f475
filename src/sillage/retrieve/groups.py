"""Which pixels share a background: a detector column, its lines nearby, the scene, ground alike?

Each way takes a block of columns, (sample, line, band), and gives column, error and sensitivity of
all its pixels. A scene is larger than memory, so its background is that of pixels spread evenly
over it, and every block is filtered beside them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int
from numpy import ndarray

from sillage.retrieve.background import Room, SingularBackground
from sillage.retrieve.columns import Depth, columns_of
from sillage.retrieve.filters import Filter, Filtered
from sillage.retrieve.target import Smile

SPREAD = 32_768
"""Pixels that stand for a scene."""


class Block(NamedTuple):
    """Some columns of a cube."""

    radiance: Float32[ndarray, "sample line band"]
    clear: Bool[ndarray, "sample line"]
    """Pixels that no mask is set on."""
    held: Bool[ndarray, "sample line"]
    """Pixels that hold gas, and are no background."""


class Work(NamedTuple):
    """What is done with every group."""

    use: Filter
    unit_absorption: Float64[ndarray, " band"]
    depth: Depth | None
    smile: Smile | None = None
    """Of the columns of the block, where they do not see alike."""

    def at(self, sample: int) -> Work:
        """The same for one detector column, with its own absorption."""
        if self.smile is None:
            return self
        unit, left = self.smile.at(sample)
        depth = None if self.depth is None else self.depth._replace(log_transmission=left)
        return self._replace(unit_absorption=unit, depth=depth, smile=None)

    def __call__(
        self,
        radiance: Float[ndarray, "pixel band"],
        clear: Bool[ndarray, " pixel"],
        held: Bool[ndarray, " pixel"],
        room: Room,
    ) -> Float64[ndarray, "3 pixel"]:
        """Column, error, sensitivity of a group; NaN throughout where it is too small."""
        try:
            return columns_of(
                radiance,
                self.unit_absorption,
                self.use,
                clear=clear,
                held=held,
                depth=self.depth,
                room=room,
            )
        except SingularBackground:
            return np.full((3, clear.size), np.nan)


def by_column(block: Block, work: Work) -> Float64[ndarray, "3 sample line"]:
    """Each detector column is its own background."""
    told = np.full((3, *block.clear.shape), np.nan)
    room = Room()
    for sample, (radiance, clear, held) in enumerate(zip(*block, strict=True)):
        if clear.any():
            told[:, sample] = work.at(sample)(radiance, clear, held, room)
    return told


def by_window(block: Block, work: Work, lines: int) -> Float64[ndarray, "3 sample line"]:
    """Each detector column is a background for so many lines at a time.

    Windows overlap by half; each gives the lines that are nearer to its middle than to any other's.
    """
    told = np.full((3, *block.clear.shape), np.nan)
    length = block.clear.shape[1]
    step = max(1, lines // 2)
    starts = list(range(0, max(1, length - lines + 1), step))
    if starts[-1] + lines < length:
        starts.append(length - lines)
    room = Room()
    for sample, (radiance, clear, held) in enumerate(zip(*block, strict=True)):
        own, kept_to = work.at(sample), 0
        for index, start in enumerate(starts):
            stop = min(start + lines, length)
            last = index + 1 == len(starts)
            keep = length if last else (starts[index + 1] + stop) // 2
            here = slice(start, stop)
            if clear[here].any():
                found = own(radiance[here], clear[here], held[here], room)
                told[:, sample, kept_to:keep] = found[:, kept_to - start : keep - start]
            kept_to = keep
    return told


class Kinds(NamedTuple):
    """Pixels that stand for a scene, and the kinds of ground among them."""

    radiance: Float32[ndarray, "pixel band"]
    held: Bool[ndarray, " pixel"]
    """Those of them that hold gas."""
    kind: Int[ndarray, " pixel"]
    mean: Float64[ndarray, " band"]
    axes: Float64[ndarray, "band axis"]
    """Main axes of the logarithm of radiance, none of which sees the gas."""
    centres: Float64[ndarray, "kind axis"]

    def of(self, radiance: Float[ndarray, "pixel band"]) -> Int[ndarray, " pixel"]:
        """Kind of ground of each pixel."""
        if len(self.centres) == 1:
            return np.zeros(len(radiance), dtype=np.int64)
        return _nearest(_logarithm(radiance, self.mean) @ self.axes, self.centres)


def kinds_of(
    radiance: Float32[ndarray, "pixel band"],
    held: Bool[ndarray, " pixel"],
    count: int,
    unit_absorption: Float64[ndarray, " band"],
    seed: int = 0,
) -> Kinds:
    """Tell kinds of ground apart among pixels that stand for a scene.

    Gas must not make a kind of its own, or it would hide in it: kinds are told by what is
    orthogonal to its absorption, and learned from pixels that are not known to hold any. A kind
    with fewer pixels than ten for each band has no covariance of its own: it joins the rest.
    """
    from scipy.cluster.vq import kmeans2

    bands = radiance.shape[1]
    gas = unit_absorption / np.linalg.norm(unit_absorption)
    logarithm = np.log(np.maximum(radiance, np.finfo(np.float32).tiny)).astype(np.float64)
    bare = ~held if held.mean() < 0.5 else np.ones_like(held)
    mean = logarithm[bare].mean(axis=0)
    aside = logarithm - mean
    aside -= np.outer(aside @ gas, gas)
    _, vectors = np.linalg.eigh(np.cov(aside[bare].T))
    axes = vectors[:, -5:]
    axes = axes - np.outer(gas, gas @ axes)
    axes /= (aside[bare] @ axes).std(axis=0)
    placed = aside @ axes
    for kinds in range(max(1, min(count, len(radiance) // (10 * bands))), 0, -1):
        if kinds == 1:
            break
        rng = np.random.default_rng(seed)
        centres, _ = kmeans2(placed[bare], kinds, seed=rng, minit="++")
        kind = _nearest(placed, centres)
        if np.bincount(kind[bare], minlength=kinds).min() >= 10 * bands:
            return Kinds(radiance, held, kind, mean, axes, centres)
    everything = np.zeros(len(radiance), dtype=np.int64)
    return Kinds(radiance, held, everything, mean, axes, np.zeros((1, axes.shape[1])))


def by_kind(block: Block, work: Work, kinds: Kinds) -> Float64[ndarray, "3 sample line"]:
    """Pixels of one kind of ground share the background of those that stand for it."""
    told = np.full((3, block.clear.size), np.nan)
    pixels = block.radiance.reshape(block.clear.size, -1)
    places = np.flatnonzero(block.clear)
    kind = kinds.of(pixels[places])
    room = Room()
    for each in range(len(kinds.centres)):
        mine, standing = places[kind == each], kinds.kind == each
        if mine.size:
            both = np.concatenate([kinds.radiance[standing], pixels[mine]])
            count = int(standing.sum())
            held = np.concatenate([kinds.held[standing], np.ones(mine.size, dtype=bool)])
            found = _beside(both, held, count, work, room)
            told[:, mine] = found
    return told.reshape(3, *block.clear.shape)


def _beside(
    both: Float32[ndarray, "pixel band"],
    held: Bool[ndarray, " pixel"],
    standing: int,
    work: Work,
    room: Room,
) -> Float64[ndarray, "3 asked"]:
    """Filter pixels beside those that stand for their background, and give the former."""
    trusted = ~held
    if trusted[:standing].mean() < 0.5:
        trusted[:standing] = True

    def beside(
        radiance: Float[ndarray, "pixel band"],
        unit_absorption: Float[ndarray, " band"],
        *,
        trusted: Bool[ndarray, " pixel"] | None = None,
        room: Room | None = None,
        known: Bool[ndarray, " pixel"] = trusted,
    ) -> Filtered:
        del trusted
        return work.use(radiance, unit_absorption, trusted=known, room=room)

    everything = np.ones(len(both), dtype=bool)
    found = work._replace(use=beside)(both, everything, ~everything, room)
    return found[:, standing:]


def _nearest(
    placed: Float64[ndarray, "pixel axis"], centres: Float64[ndarray, "kind axis"]
) -> Int[ndarray, " pixel"]:
    """Which centre lies nearest to each pixel."""
    length2 = (centres**2).sum(axis=1)
    return np.asarray((length2 - 2.0 * placed @ centres.T).argmin(axis=1))


def _logarithm(
    radiance: Float[ndarray, "pixel band"], mean: Float64[ndarray, " band"]
) -> Float64[ndarray, "pixel band"]:
    return np.asarray(np.log(np.maximum(radiance, np.finfo(np.float32).tiny)) - mean)
