"""What kind of place is a site: a known emitter, one that hides at a known emitter's, or unknown?

Each kind says how probable are place, gas, hour of the week and rate. What one hour says of a gas
counts once, and so does the rate of a gas; a source that nobody knows goes on with the gas that it
had, and one that hides may well have the lawful gas. Where the known emitter comes off
badly, the hypothesis says by what: the wrong gas, the wrong hour, the wrong rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import numpy as np

from sillage.fuse.gate import NAMES
from sillage.fuse.story import Evidence, Life
from sillage.records.context import Context, Emission, KnownEmitter
from sillage.records.place import LocalFrame
from sillage.records.quantity import Quantity
from sillage.records.site import Hypothesis
from sillage.records.times import nanoseconds, utc

_OFF_M = 30.0  # of a register's coordinates, where it gives no outline
_STRAY = 0.02  # share of a lawful emitter's claims of a gas, or in an hour, that are not listed
_HIDES = 0.01  # of lawful emitters, those that hide another source
_ANY_RATE = (math.log(1.0), math.log(10.0))  # median and spread of a rate that nobody stated: kg/h
_RATE_OFF = 0.5  # spread of a measured rate's logarithm, where it states none
_NORMAL_90 = 1.645
_HOUR_NS = 3600 * 10**9
_EPISODE_NS = 12 * _HOUR_NS  # what is farther apart is another time of being on
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Known(NamedTuple):
    """A lawful emitter, in metres of the frame."""

    emitter: KnownEmitter
    east_m: float
    north_m: float
    off_m: float
    """One sigma of its place, each way."""

    @property
    def natural(self) -> bool:
        """Whether nobody built it: an inventory's kind that begins with `natural`."""
        return self.emitter.kind.lower().startswith("natural")


class Fit(NamedTuple):
    """Logarithm of how much likelier one claim is for an emitter than for an unknown source."""

    gas: float
    hour: float
    rate: float
    evidence: Evidence


def known_of(contexts: Sequence[Context], frame: LocalFrame) -> tuple[Known, ...]:
    """All lawful emitters that the user told of."""
    told = []
    for emitter in (emitter for context in contexts for emitter in context.emitters):
        east, north = frame.to_local(emitter.place.lon, emitter.place.lat)
        place, off_m = (float(east), float(north)), _OFF_M
        if emitter.area is not None:
            corners = np.stack(frame.to_local(*np.array(emitter.area.ring).T))
            low, high = corners.min(axis=1), corners.max(axis=1)
            place = (float(low[0] + high[0]) / 2.0, float(low[1] + high[1]) / 2.0)
            off_m = max(0.5 * float((high - low).max()) / math.sqrt(3.0), 1.0)
        told.append(Known(emitter, *place, off_m))
    return tuple(told)


def hypotheses(
    life: Life, place: tuple[float, float, float], known: Sequence[Known], density_km2: float
) -> tuple[Hypothesis, ...]:
    """Kinds of a site, the most probable first; they add up to one.

    Parameters
    ----------
    place
        East, north (m) and variance each way (m2).
    density_km2
        Unknown sites to be expected on a square kilometre.
    """
    real = _count_once(life.main)
    weights: list[tuple[float, int | None, bool]] = []
    weights.append((math.log(density_km2 * 1e-6) + _any_gases(real, {}), None, False))
    fits: dict[int, list[Fit]] = {}
    for number, each in enumerate(known):
        near = _near(each, place)
        if near < -60.0:
            continue
        fits[number] = [_fit(each, evidence) for evidence in real]
        lawful = sum(fit.gas - math.log(NAMES) + fit.hour for fit in fits[number])
        lawful += sum(fit.rate for fit in _middles(fits[number]))
        hidden = _any_gases(real, _copied(each))
        weights.append((near + math.log1p(-_HIDES) + lawful, number, False))
        weights.append((near + math.log(_HIDES) + hidden, number, True))
    most = max(weight for weight, _, _ in weights)
    total = sum(math.exp(weight - most) for weight, _, _ in weights)
    chances = [(math.exp(w - most) / total, number, hides) for w, number, hides in weights]
    return _worded(life, chances, known, fits)


def _worded(
    life: Life,
    chances: Sequence[tuple[float, int | None, bool]],
    known: Sequence[Known],
    fits: dict[int, list[Fit]],
) -> tuple[Hypothesis, ...]:
    """Hypotheses from the chance of each: unknown, lawful, or hidden at a lawful one's place."""
    was = life.best
    again, times = _recurs(life)
    unknown = was * sum(chance for chance, number, hides in chances if number is None or hides)
    told = [_one("false alarm", 1.0 - was, f"It never was more than {was:.0%} probable to exist.")]
    for kind, natural in (("known legal emitter", False), ("natural", True)):
        lawful = [
            (chance, number)
            for chance, number, hides in chances
            if number is not None and not hides and known[number].natural == natural
        ]
        if lawful:
            likeliest = max(lawful)[1]
            because = _because(known[likeliest], fits[likeliest])
            told.append(_one(kind, was * sum(share for share, _ in lawful), because))
    hidden = max(((c, n) for c, n, hides in chances if hides and n is not None), default=None)
    because = "No known emitter is near."
    if hidden is not None:
        because = _because(known[hidden[1]], fits[hidden[1]])
    told.append(_one("unexplained", unknown * (1.0 - again), because))
    if times > 1:
        because = f"It was on at {times} times more than 12 hours apart. {because}"
        told.append(_one("recurring", unknown * again, because))
    return tuple(sorted(told, key=lambda each: -each.probability))


Kind = Literal["known legal emitter", "natural", "recurring", "unexplained", "false alarm"]


def _one(kind: str, probability: float, because: str) -> Hypothesis:
    share = min(max(probability, 0.0), 1.0)
    return Hypothesis(kind=kind, probability=share, because=because)  # type: ignore[arg-type]


def _near(each: Known, place: tuple[float, float, float]) -> float:
    """Logarithm of the density of the emitter at the site's place, per square metre."""
    variance = place[2] + each.off_m**2
    apart = (place[0] - each.east_m) ** 2 + (place[1] - each.north_m) ** 2
    return -0.5 * apart / variance - math.log(2.0 * math.pi * variance)


def _count_once(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The surest claim of each hour and gas."""
    kept: dict[tuple[int, str], Evidence] = {}
    for each in evidence:
        at = each.claim.end_ns // _HOUR_NS, _gas(each)
        if at not in kept or kept[at].claim.probability < each.claim.probability:
            kept[at] = each
    return [kept[at] for at in sorted(kept)]


def _gas(evidence: Evidence) -> str:
    return max(evidence.claim.gases, key=lambda gas: gas[1])[0]


def _copied(each: Known) -> dict[str, float]:
    """What a source that hides emits beforehand: as likely one of the lawful gases as any."""
    listed = {emission.gas for emission in each.emitter.emissions}
    return dict.fromkeys(sorted(listed), 0.5 / len(listed)) if listed else {}


def _any_gases(evidence: Sequence[Evidence], likely: dict[str, float]) -> float:
    """Logarithm of how probable the gases of claims are for a source that nobody knows.

    Its next gas is one of those that it had, or one of its kind (a Dirichlet of weight one).
    """
    rest = (1.0 - sum(likely.values())) / NAMES
    had: dict[str, float] = {}
    total, summed = 0.0, 0.0
    for each in evidence:
        summed += math.log(
            sum(
                share * (had.get(gas, 0.0) + likely.get(gas, 0.0) + rest) / (total + 1.0)
                for gas, share, _ in each.claim.gases
            )
        )
        for gas, share, _ in each.claim.gases:
            had[gas] = had.get(gas, 0.0) + share
        total += 1.0
    return summed


def _middles(fits: Sequence[Fit]) -> list[Fit]:
    """For each gas the claim of the middle rate, as a source's rate is one fact."""
    by_gas: dict[str, list[tuple[float, int]]] = {}
    for number, fit in enumerate(fits):
        rate = fit.evidence.claim.rate
        if rate is not None:
            by_gas.setdefault(_gas(fit.evidence), []).append((rate.median, number))
    return [fits[sorted(rates)[len(rates) // 2][1]] for rates in by_gas.values()]


def _in_force(each: Known, evidence: Evidence) -> bool:
    valid = each.emitter.valid
    at = evidence.claim.end_ns
    return valid is None or nanoseconds(valid.start) <= at <= nanoseconds(valid.end)


def _fit(each: Known, evidence: Evidence) -> Fit:
    """How well a claim fits the best of an emitter's emissions, or its strays."""
    claim, listed = evidence.claim, {emission.gas for emission in each.emitter.emissions}
    if not _in_force(each, evidence):
        return Fit(math.log(_STRAY), 0.0, 0.0, evidence)
    right = sum(share for gas, share, _ in claim.gases if gas in listed)
    stray = _STRAY / max(NAMES - len(listed), 1.0)
    gas = NAMES * (right * (1.0 - _STRAY) / max(len(listed), 1) + (1.0 - right) * stray)
    fitting = [emission for emission in each.emitter.emissions if _share(evidence, emission) > 0.0]
    hour = max((_hour_fit(evidence, emission) for emission in fitting), default=0.0)
    rate = max((_rate_fit(claim.rate, emission.rate) for emission in fitting), default=0.0)
    return Fit(math.log(gas), hour, rate, evidence)


def _share(evidence: Evidence, emission: Emission) -> float:
    return sum(share for gas, share, _ in evidence.claim.gases if gas == emission.gas)


def _hour_fit(evidence: Evidence, emission: Emission) -> float:
    hours = set(emission.hours)
    if not hours or len(hours) == 168:
        return 0.0
    at = _hour_of_week(utc(evidence.claim.end_ns))
    share = (1.0 - _STRAY) / len(hours) if at in hours else _STRAY / (168 - len(hours))
    return math.log(168.0 * share)


def _hour_of_week(time: datetime) -> int:
    return time.weekday() * 24 + time.hour


def _rate_fit(measured: Quantity | None, stated: Quantity | None) -> float:
    if measured is None or stated is None or measured.median <= 0.0 or stated.median <= 0.0:
        return 0.0
    log_rate, error = math.log(measured.median), _spread(measured)
    lawful = _normal(log_rate - math.log(stated.median), math.hypot(error, _spread(stated)))
    return lawful - _normal(log_rate - _ANY_RATE[0], math.hypot(error, _ANY_RATE[1]))


def _spread(rate: Quantity) -> float:
    if 0.0 < rate.low < rate.high:
        return max(0.5 * math.log(rate.high / rate.low) / _NORMAL_90, 0.1)
    return max(rate.std / rate.median, 0.1) if rate.std > 0.0 else _RATE_OFF


def _normal(apart: float, std: float) -> float:
    return -0.5 * (apart / std) ** 2 - math.log(std * math.sqrt(2.0 * math.pi))


def _because(each: Known, fits: Sequence[Fit]) -> str:
    """What of the evidence fits an emitter worst, in one sentence."""
    emitter = each.emitter
    where = f"{emitter.facility} ({emitter.kind}) stands there"
    worst = min(fits, key=lambda fit: min(fit.gas, fit.hour, fit.rate))
    least = min(worst.gas, worst.hour, worst.rate)
    if least >= 0.0:
        return f"{where}, and gas, hour and rate are what it is known for."
    gas, claim = _gas(worst.evidence), worst.evidence.claim
    if not _in_force(each, worst.evidence):
        return f"{where}, but was not allowed to emit at that time."
    if least == worst.gas:
        listed = ", ".join(dict.fromkeys(emission.gas for emission in emitter.emissions))
        return f"{where}, but {gas} is not among what it emits: {listed or 'nothing'}."
    if least == worst.hour:
        at = utc(claim.end_ns)
        return f"{where}, but it does not emit {gas} on {_DAYS[at.weekday()]}s at {at:%H} UTC."
    stated = next(emission.rate for emission in emitter.emissions if emission.gas == gas)
    rates = (rate.median if rate is not None else 0.0 for rate in (claim.rate, stated))
    return "{}, but {:.3g} kg/h were measured where {:.3g} kg/h are stated.".format(where, *rates)


def _recurs(life: Life) -> tuple[float, int]:
    """Probability that it was on at two times at least, and the number of times claimed."""
    wrong: list[float] = []
    last_ns = 0
    for each in sorted(life.main, key=lambda each: each.claim.end_ns):
        doubt = 1.0 - each.share * each.claim.probability
        if not wrong or each.claim.end_ns - last_ns > _EPISODE_NS:
            wrong.append(doubt)
        else:
            wrong[-1] *= doubt
        last_ns = each.claim.end_ns
    none, one = 1.0, 0.0
    for doubt in wrong:
        none, one = none * doubt, one * doubt + none * (1.0 - doubt)
    return 1.0 - none - one, len(wrong)
