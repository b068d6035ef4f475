"""What was found, source by source, in the order of the record: the strongest evidence first."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sillage.localise.clocks import clock_of
from sillage.localise.imaged import log_likelihood
from sillage.localise.labels import order_of
from sillage.localise.likelihood import AIR, Air, Candidate, sources_of
from sillage.localise.model import Model
from sillage.localise.number import Counted
from sillage.localise.record import Found
from sillage.localise.usefulness import advise, influence_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def found_in(counted: Counted, model: Model) -> Found:
    """Name the sources of all draws alike, and put them in order.

    A known emitter's probability is that of the likelihood with it against without; of the unknown
    sources the strongest has the probability that there is one at all, the next that there are two.
    """
    cooled, known = counted.cooled, len(model.problem.known)
    cloud = cooled.cloud
    best = cloud.draws[int(np.argmax(cloud.log_likelihood + cloud.prior))]
    reference = sources_of(best[None])[0]
    own, reference = _named(cloud.draws, reference, known)
    draws, _ = _named(cooled.draws, reference, known)
    on = np.take_along_axis(cloud.verdicts.on, own[:, None, :], axis=2)  # candidate block source
    worth = cooled.power * _worth(model, best) + _seen_worth(model, best)
    unknown = np.arange(known, worth.size)
    unknown = unknown[np.argsort(-worth[unknown], kind="stable")]
    order = np.concatenate([unknown, np.arange(known)])
    at_least = np.cumsum(counted.probability[::-1])[::-1]
    probability = [float(at_least[rank + 1]) for rank in range(unknown.size)]
    probability += [1.0 / (1.0 + math.exp(-min(max(w, -700.0), 700.0))) for w in worth[:known]]
    sources = sources_of(cooled.draws)
    sources = np.take_along_axis(sources, draws[:, :, None], axis=1)[:, order]
    return Found(
        draws=sources,
        probability=tuple(min(p, 1.0) for p in probability),
        facilities=("",) * unknown.size + tuple(one.facility for one in model.problem.known),
        number_of_sources=counted.probability,
        on=on.mean(axis=0)[:, order],
        on_share=on.mean(axis=1)[:, order],
        plume_ppm=cloud.verdicts.plume_ppm,
        background_ppm=cloud.verdicts.background,
        advice=advise(model, cooled.draws[:, :AIR], sources, np.array(probability), unknown.size),
        influence=influence_of(model, cloud, cooled.power),
        clock=clock_of(model, cloud, cooled.power),
        log_evidence=counted.log_odds[0],
        effective_sample_size=cooled.effective_sample_size,
    )


def learned_in(counted: Counted) -> dict[str, float | int | str]:
    """What the sampler spent, and what it learned of the air and of the sensors."""
    cooled = counted.cooled
    air, _, nose = Candidate.of(cooled.draws.mean(axis=0))
    told: dict[str, float | int | str] = {
        "weight_of_data": cooled.power,
        "likelihood_evaluations": counted.evaluations,
        "learned_veer_deg": math.degrees(air.veer_rad),
    }
    names = {
        "learned_crosswind_factor": "log_crosswind",
        "learned_vertical_factor": "log_vertical",
        "learned_memory_factor": "log_memory",
        "learned_rise_memory_factor": "log_rise_memory",
        "learned_spread_m": "log_spread_m",
        "learned_wander_factor": "log_wander",
        "learned_dilution": "log_dilution",
        "learned_fluctuation": "log_fluctuation",
        "learned_noise_ppm": "log_noise_ppm",
        "learned_drift_ppm": "log_drift_ppm",
        "learned_apart_ppm": "log_apart_ppm",
    }
    if nose is not None:
        told["learned_score_rise"] = math.exp(nose.log_answer)
        told["learned_score_noise"] = math.exp(nose.log_disorder)
        told["learned_lag_s"] = math.exp(nose.log_lag_s)
    return told | {name: math.exp(air[Air._fields.index(of)]) for name, of in names.items()}


def _named(draws: Floats, reference: Floats, known: int) -> tuple[Integers, Floats]:
    """Order of each draw's sources; known emitters keep their place."""
    sources = sources_of(draws)
    order, unknown = order_of(sources[:, known:], reference[known:])
    fixed = np.tile(np.arange(known), (draws.shape[0], 1))
    return np.hstack([fixed, order + known]), np.vstack([reference[:known], unknown])


def _worth(model: Model, best: Floats) -> Floats:
    """(source,): log-likelihood that the best candidate loses without each of its sources."""
    candidate = Candidate.of(best)
    sources = candidate.sources
    without = [
        candidate._replace(sources=sources[:j] + sources[j + 1 :]).numbers()
        for j in range(len(sources))
    ]
    whole = model(best[None]).by_chunk.sum()
    return np.array([float(whole - model(one[None]).by_chunk.sum()) for one in without])


def _seen_worth(model: Model, best: Floats) -> Floats:
    """(source,): the same of what was seen from above."""
    sources = sources_of(best[None])
    lost = np.zeros(sources.shape[1])
    for plume in model.problem.imaged:
        whole = log_likelihood(plume, sources)[0]
        lost += [
            whole - log_likelihood(plume, np.delete(sources, j, axis=1))[0]
            for j in range(sources.shape[1])
        ]
    return lost
