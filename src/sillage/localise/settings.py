"""What is supposed before the data speak: every prior and setting, with its reason.

The same for every data set. Lengths in metres, times in seconds, angles in degrees; `_log_std`
is the standard deviation of the natural logarithm.
"""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Priors on the source, the air and the residuals, and the effort of the sampler."""

    most_sources: int = 6
    """Beyond the known ones: each more takes as long as all before."""
    another_odds: float = 0.1
    """Of one source more against none more, before any reading: hidden sources are rare, and a
    second one that nobody knows within the same few hundred metres is an exception."""
    rate_low_kg_h: float = 1e-3
    """Below this no sensor of the fleet sees a source from tens of metres."""
    rate_high_kg_h: float = 1e3
    """A large industrial leak; between the two the rate is uniform in its logarithm."""
    height_scale_m: float = 1.0
    """Mean of the exponential prior on the source's height: hidden sources sit near the ground."""
    height_most_m: float = 5.0
    spread_m: float = 0.3
    """Size of the source itself, typically: a hatch, a drum, a vent."""
    spread_log_std: float = 0.7
    """Of that size: from the leak of a fitting to the wake of a shed."""
    growth_crosswind_log_std: float = 0.3
    """Plume width against measured turbulence: published curves of one class differ by +-30 %
    (Draxler 1976; Irwin 1983)."""
    growth_vertical_log_std: float = 0.4
    """The vertical is known less well than the crosswind width."""
    growth_unmeasured_log_std: float = 0.6
    """Both, where turbulence was not measured: about two stability classes."""
    narrowing_std: float = 0.1
    """Of the power 0.2 of sampling time by which a short sample sees a narrower plume (Hino,
    Atmos. Environ. 2, 1968); published powers run from 0.1 to 0.3."""
    growth_memory_log_std: float = 1.0
    """Of the time after which crosswind growth bends, in proportion to the sampling time as only
    eddies that fit into a sample spread its plume (Hay & Pasquill 1959)."""
    rise_memory_log_std: float = 1.5
    """The same for the vertical: near the ground its power of distance is 0.75 to 1 in published
    curves (Smith 1968; van Ulden 1978), and where a plume begins is read off that power."""
    direction_floor_deg: float = 3.0
    """Between a plume's bearing and the mast's wind: 3.0 degrees over 53 releases of Prairie
    Grass. It is taken once for each session, and once for the mounting of the anemometer."""
    dilution_log_std: float = 0.3
    """Dilution of one block against the steady plume, beyond what width and speed explain:
    typically; learned from the data, for beams see far less of it than points."""
    speed_log_std: float = 0.1
    """Of the wind speed at the plume: anemometer, profile, roughness."""
    wander_log_std: float = 0.4
    """Of the blocks' errors of direction, which follow from the mast's turbulence."""
    memory_s: float = 30.0
    """How long a block's errors of direction and dilution persist: integral time scales of the
    wind near the ground are 10 to 60 s."""
    dwell_s: float = 3600.0
    """Mean time that a source stays on, or off."""
    fluctuation: float = 0.3
    """Typical relative scatter of a block's mean inside the plume; learned from the data."""
    fluctuation_instant: float = 0.8
    """The same for samples of a few seconds: concentration fluctuates by about its mean."""
    response_s: float = 0.9
    """Time constant of a moving gas sensor: fast instruments reach nine tenths in 1 to 3 s, which
    is 2.3 time constants."""
    rank_window_s: float = 900.0
    """Within which the order of a raw channel's readings counts: half the time in which its
    background drifts, and several passes of a drone, or meanders of the wind, over a plume."""
    rank_lag_s: float = 10.0
    """Time constant of a raw channel's answer, typically: metal oxide takes 10 to 30 s to nine
    tenths up and longer down, which is 4 to 13 s; learned from the data."""
    rank_noise: float = 0.8
    """Typical scatter of a score that no plume explains, of one in all; learned."""
    rank_memory_s: float = 360.0
    """Time in which the background of a raw channel changes by its drift, where all channels are
    raw: flow, humidity and recovery move a nose within minutes, a pass over a plume takes less
    than one."""
    rank_drift: float = 1.0
    """Typical drift of scores over that time, of their scatter of one; learned."""
    rank_apart: float = 0.3
    """Typical difference of the levels of two windows in clean air: a plume in a tenth of one
    leaves the others that much lower."""
    rank_answer: float = 2.0
    """Typical rise of a score in a strong plume: that of the upper tenth over the others;
    learned."""
    roughness_m: float = 0.03
    """Open grassland, for the wind profile between mast and plume."""
    turbulence_s: float = 1800.0
    """Over which turbulence is averaged: a variance needs half an hour to be told within ten
    percent, and the boundary layer is steady for about as long."""
    calm_m_s: float = 0.5
    """Below this mean speed a plume has no direction; such blocks are left out."""
    background_memory_s: float = 1800.0
    """Time in which the background of a sensor changes by its drift."""
    drift_per_noise: float = 3.0
    """Typical drift against the noise of one block; learned from the data."""
    drift_log_std: float = 1.5
    """Of the drift: a factor of twenty either way covers cells that are kept warm and noses that
    are not."""
    apart_per_noise: float = 10.0
    """Typical difference of two sensors in the same clean air against the noise of one block;
    learned from the data."""
    apart_log_std: float = 1.5
    """Of that difference."""
    chunk_s: float = 3600.0
    """Errors further apart than this are taken as independent when the weight of the data is
    estimated: the state of the boundary layer lasts about an hour. At least six chunks are made
    of a shorter record."""
    advice_wind_s: float = 1800.0
    """One more reading is supposed in the mean wind of this last stretch of the survey: half an
    hour is about what a wind stays alike."""
    advice_height_m: float = 1.5
    """Of that reading above ground: held in a hand."""
    particles: int = 224
    """Candidates in the cloud."""
    harvest: int = 4
    """Rounds of draws collected at the end: `particles * harvest` draws in all."""
