"""What do the states of the chain say of each reading: of its background, and of its plume?

Means over the states that a run of the chain has found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sillage.air.compiled import compiled
from sillage.localise.censored import lean_below, stand_in
from sillage.localise.seen import Seen
from sillage.localise.weigh import FREEDOM, Residual

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@compiled
def lean(seen: Seen, residual: Residual, first: Integers, state: Floats, leaning: Floats) -> None:
    """Weight of readings in a fit of the background, and times the plume: means over the states.

    A Student residual is a normal one of unknown precision; where the residual is r and its
    squared scale v, that precision is expected to be 5 / (4 v + r r).

    Floor: 9 operations and a division a state and set of sources that reach the reading.

    Parameters
    ----------
    seen, residual, first
        As in `weigh`.
    state
        (block, set, state): probability; that of the empty set is the first of its row.
    leaning
        (2, observation), to fill: weight, ppm-2; and weight times the plume, ppm-1.
    """
    excess, noise, below = residual
    order, which, begins, plume = seen.order, seen.which, seen.start, seen.plume
    scatter, sets, states = FREEDOM * seen.scatter, state.shape[1], state.shape[2]
    share = np.zeros((sets, states))
    for b in range(state.shape[0]):
        gathered, clear = 0, 1.0
        for n in range(first[b], first[b + 1]):
            i, reaching, at = order[n], which[n], begins[n]
            risen = excess[i] / noise[i]
            if reaching != gathered:
                clear = _gather(state, b, reaching, share)
                gathered = reaching
            elif not reaching:
                clear = 1.0
            if below[i]:
                heavy, off = stand_in(risen)
                heavy, pull = clear * heavy, clear * heavy * (risen + off)
            else:
                heavy, pull = (FREEDOM + 1.0) * clear / (FREEDOM + risen * risen), 0.0
            for number in range(1, sets if reaching else 0):
                if number & reaching != number:
                    continue
                if below[i]:
                    more, mean = lean_below(risen, seen, at, number, share)
                else:
                    more, mean = 0.0, 0.0
                    for q in range(states):
                        met = plume[at + q]
                        away = risen - met
                        weight = share[number, q] / (FREEDOM + scatter * met * met + away * away)
                        more += weight
                        mean += weight * met
                    more, mean = (FREEDOM + 1.0) * more, (FREEDOM + 1.0) * mean
                heavy += more
                pull += mean
                at += states
            leaning[0, i], leaning[1, i] = heavy / (noise[i] * noise[i]), pull / noise[i]


@compiled
def expected(seen: Seen, noise: Floats, first: Integers, state: Floats) -> Floats:
    """Plume that the states expect at each reading, (observation,), ppm; as `lean` for the rest."""
    out = np.zeros(noise.shape[0])
    share = np.zeros((state.shape[1], state.shape[2]))
    for b in range(state.shape[0]):
        gathered = 0
        for n in range(first[b], first[b] + seen.inside[b]):
            i, reaching, at, total = seen.order[n], seen.which[n], seen.start[n], 0.0
            if reaching != gathered:
                _gather(state, b, reaching, share)
                gathered = reaching
            for number in range(1, state.shape[1]):
                if number & reaching == number:
                    for q in range(state.shape[2]):
                        total += share[number, q] * seen.plume[at + q]
                    at += state.shape[2]
            out[i] = total * noise[i] / seen.typical
    return out


@compiled
def _gather(state: Floats, b: int, reaching: int, share: Floats) -> float:
    """Probability of each set of sources that reach a reading, whatever the others do.

    Gives that of the sets of which none reaches it.
    """
    clear: float = state[b, 0, 0]
    for number in range(1, state.shape[1]):
        if number & reaching == number:
            for q in range(state.shape[2]):
                share[number, q] = state[b, number, q]
    for number in range(1, state.shape[1]):
        met = number & reaching
        if met == 0:
            for q in range(state.shape[2]):
                clear += state[b, number, q]
        elif met != number:
            for q in range(state.shape[2]):
                share[met, q] += state[b, number, q]
    return clear
