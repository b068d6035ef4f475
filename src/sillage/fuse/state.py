"""What is known of each possible site, and what does time do to it?

A possible site is a Bernoulli: it exists with a probability, and given that, it is somewhere (a
Gaussian, the same error east and north), is on or off, and gives off some gases. All sites stand
side by side in a few arrays. Between scans an existing site may end, may switch on or off (a
two-state Markov chain), and creeps or drives.

Floor: `moved` reads and writes nine numbers a site, some 40 operations each; at 2,000 possible
sites that is 300 kB and below 0.1 ms.

References
----------
Williams, IEEE Trans. Aerospace Electronic Systems 51(3), 2015 (existence beside position).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Motion(NamedTuple):
    """What a site does between two looks."""

    creep_m2_s: float = 100.0 / 86400.0
    """Growth of the variance of its place, each way: 10 m in a day."""
    drive_m2_s3: float = 0.0
    """Density of a white acceleration; 0 for what has no velocity."""
    start_m2_s2: float = 0.0
    """Variance of the velocity, each way, of what was met once."""
    end_s: float = 30.0 * 86400.0
    """Mean time that it exists."""
    on_share: float = 0.3
    """Share of the time in which it is on."""
    switch_s: float = 6.0 * 3600.0
    """Time in which being on is forgotten; 0 for what is on or off anew at each look."""


class Bernoullis(NamedTuple):
    """Possible sites, one in each place of the arrays."""

    key: Integers
    """(site,): a number that a possible site keeps."""
    east_m: Floats
    north_m: Floats
    east_m_s: Floats
    north_m_s: Floats
    place_m2: Floats
    """(site,): variance of the place, each way."""
    both_m2_s: Floats
    """(site,): covariance of place and velocity, each way."""
    speed_m2_s2: Floats
    """(site,): variance of the velocity, each way."""
    exists: Floats
    """(site,): probability."""
    on: Floats
    """(site,): probability that it emits now, given that it exists."""
    gases: Floats
    """(site, gas): how many detections were given to it, shared among the gases they may be of."""


def nothing(gases: int) -> Bernoullis:
    """No possible site, where so many gases are told apart."""
    none = np.zeros(0)
    return Bernoullis(np.zeros(0, np.int64), *(none,) * 9, np.zeros((0, gases)))


def picked(sites: Bernoullis, rows: Integers) -> Bernoullis:
    """Some of the possible sites, in the order of the rows."""
    return Bernoullis._make(array[rows] for array in sites)


def moved(sites: Bernoullis, seconds: float, motion: Motion) -> Bernoullis:
    """What is known of them after a time in which nobody looked."""
    return _moved(sites, float(seconds), motion, on_after(seconds, motion), _lives(seconds, motion))


def on_after(seconds: float, motion: Motion) -> float:
    """Share of what was known of being on that is still known."""
    return math.exp(-seconds / motion.switch_s) if motion.switch_s > 0.0 else 0.0


def _lives(seconds: float, motion: Motion) -> float:
    return math.exp(-seconds / motion.end_s)


@compiled
def _moved(
    sites: Bernoullis, seconds: float, motion: Motion, known: float, lives: float
) -> Bernoullis:
    driven = motion.drive_m2_s3 * seconds
    place = sites.place_m2 + seconds * (2.0 * sites.both_m2_s + seconds * sites.speed_m2_s2)
    return Bernoullis(
        sites.key,
        sites.east_m + seconds * sites.east_m_s,
        sites.north_m + seconds * sites.north_m_s,
        sites.east_m_s,
        sites.north_m_s,
        place + motion.creep_m2_s * seconds + driven * seconds * seconds / 3.0,
        sites.both_m2_s + seconds * sites.speed_m2_s2 + 0.5 * driven * seconds,
        sites.speed_m2_s2 + driven,
        sites.exists * lives,
        motion.on_share + (sites.on - motion.on_share) * known,
        sites.gases,
    )
