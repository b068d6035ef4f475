"""How did the air move on average, how turbulent was it, and how sure is the mean.

The mean is that of the vector. Fluctuations are taken about it, along and across its own
direction, so turning the frame changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sillage.air.blocks import (
    FEWEST_FOR_SCATTER,
    Blocks,
    independent_share,
    scatter,
    sort_into_blocks,
)
from sillage.errors import NotEnoughInformation
from sillage.records.arrays import Arrays
from sillage.records.provenance import Masked
from sillage.records.wind import Wind

KARMAN = 0.4
GRAVITY_M_S2 = 9.80665
_UNKNOWN_DIRECTION_DEG = 180.0 / np.sqrt(3.0)  # one sigma of a bearing about which nothing is known


def average(wind: Wind, interval_s: float, *, fewest: int = FEWEST_FOR_SCATTER) -> Wind:
    """Vector mean of the wind in blocks of time, with turbulence and the error of the mean.

    Parameters
    ----------
    wind
        Samples in any order; averages are averaged again, keeping their own turbulence.
    interval_s
        Length of the blocks, which start at whole multiples of it.
    fewest
        Valid samples that a block must hold; with fewer its row is NaN and is counted.

    Returns
    -------
    Wind
        One row for each block that holds any sample. `sigma_v_m_s` is the fluctuation across
        the mean wind; `speed_std_m_s` and `direction_std_deg` are errors of the block's mean
        that allow for the correlation of neighbouring samples.

    Raises
    ------
    SettingError
        The interval is not a positive number of seconds.
    """
    samples = wind.samples
    east, north = _column(samples, "east_m_s"), _column(samples, "north_m_s")
    one_label = np.zeros(east.size, dtype=np.int64)
    everything = sort_into_blocks(
        samples["time_ns"], one_label, np.ones(east.size, dtype=np.bool_), interval_s
    )
    valid = np.isfinite(east) & np.isfinite(north)
    blocks = sort_into_blocks(samples["time_ns"], one_label, valid, interval_s)
    means, enough = _horizontal(blocks, samples, east, north, fewest)
    if "up_m_s" in samples:
        means["up_m_s"], means["sigma_w_m_s"] = _vertical(blocks, samples)
    means |= _stability(blocks, samples)
    rows = np.searchsorted(everything.start_ns, blocks.start_ns[enough])
    columns: dict[str, NDArray[Any]] = {"time_ns": everything.start_ns}
    for name, values in means.items():
        columns[name] = np.full(everything.start_ns.size, np.nan)
        columns[name][rows] = values[enough]
    total = everything.start_ns.size
    masked = wind.masked
    if (thin := total - rows.size) > 0:
        reason = f"wind blocks of {interval_s:g} s with fewer than {fewest} valid samples"
        masked = (*masked, Masked(reason=reason, count=thin, total=total))
    if (gap := _absent(everything.start_ns, interval_s)) > 0:
        reason = f"wind blocks of {interval_s:g} s without any sample"
        masked = (*masked, Masked(reason=reason, count=gap, total=total + gap))
    units = {name: "deg" if name.endswith("_deg") else "m/s" for name in columns}
    units |= {"time_ns": "ns"} | ({"obukhov_m": "m"} if "obukhov_m" in columns else {})
    return msgspec.structs.replace(
        wind,
        id="",
        made_at=datetime.now(UTC),
        parents=(wind.id,),
        samples=Arrays(columns, dims="sample", units=units),
        interval_s=interval_s,
        masked=masked,
    )


def rows_at(wind: Wind, time_ns: ArrayLike, *, within_s: float | None = None) -> NDArray[np.int64]:
    """Row of the wind that holds at each time, or -1 where none does.

    Parameters
    ----------
    wind
        An average holds from the start of a row to the end of its interval; an instantaneous
        sample holds until `within_s` after it.
    within_s
        How long a row holds; the interval when it is not given.
    """
    times = wind.samples["time_ns"]
    asked = np.asarray(time_ns, dtype=np.int64)
    if times.size == 0:
        return np.full(asked.shape, -1, dtype=np.int64)
    order = np.argsort(times, kind="stable")
    after = np.searchsorted(times, asked, side="right", sorter=order) - 1
    row = order[np.maximum(after, 0)]
    holds_ns = round((wind.interval_s if within_s is None else within_s) * 1e9)
    held = (after >= 0) & (asked - times[row] < holds_ns)
    return np.asarray(np.where(held, row, -1), dtype=np.int64)


def integral_time_s(values: ArrayLike, step_s: float) -> float:
    """Integral time scale of an evenly sampled series, to the first zero of its correlation.

    Raises
    ------
    NotEnoughInformation
        Fewer than eight finite values, or none of them differs.
    """
    series = np.asarray(values, dtype=np.float64)
    series = series[np.isfinite(series)]
    deviation = series - series.mean() if series.size else series
    if series.size < 8 or not np.any(deviation):
        raise NotEnoughInformation(
            f"{series.size} values give no time scale; at least eight that vary are needed"
        )
    spectrum = np.fft.rfft(deviation, 2 * series.size)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2)[: series.size]
    correlation = covariance / covariance[0]
    crossing = int(np.argmax(correlation <= 0.0)) or correlation.size
    return float(step_s * (correlation[:crossing].sum() - 0.5))


def surface_stress(
    east_m_s: ArrayLike, north_m_s: ArrayLike, up_m_s: ArrayLike, temperature_kelvin: ArrayLike
) -> tuple[float, float]:
    """Friction velocity, m s-1, and Obukhov length, m, by eddy covariance of one stretch.

    Slow sampling loses the small eddies: below about 5 Hz near the ground both are too small
    in flux. An infinite length means that no heat flux was found.

    Raises
    ------
    NotEnoughInformation
        Fewer than 30 complete samples.
    """
    columns = np.broadcast_arrays(east_m_s, north_m_s, up_m_s, temperature_kelvin)
    table = np.stack([np.asarray(column, dtype=np.float64) for column in columns])
    table = table[:, np.isfinite(table).all(axis=0)]
    if table.shape[1] < 30:
        raise NotEnoughInformation(f"{table.shape[1]} complete samples; 30 are needed for a flux")
    kelvin = float(table[3].mean())
    table = table - table.mean(axis=1, keepdims=True)
    flux = table @ table[2] / table.shape[1]
    friction_m_s = float(np.hypot(flux[0], flux[1]) ** 0.5)
    if flux[3] == 0.0:
        return friction_m_s, float("inf")
    return friction_m_s, float(-(friction_m_s**3) * kelvin / (KARMAN * GRAVITY_M_S2 * flux[3]))


def _horizontal(
    blocks: Blocks,
    samples: Arrays,
    east: NDArray[np.float64],
    north: NDArray[np.float64],
    fewest: int,
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.bool_]]:
    """Mean vector, crosswind fluctuation and errors of the mean of each block."""
    east, north = east[blocks.order], north[blocks.order]
    mean_east, mean_north = blocks.mean(east), blocks.mean(north)
    speed = np.hypot(mean_east, mean_north)
    moving = np.where(speed > 0.0, speed, 1.0)
    cos = np.where(speed > 0.0, mean_east / moving, 1.0)[blocks.group]
    sin = (mean_north / moving)[blocks.group]
    along, var_along = scatter(blocks, cos * east + sin * north, speed)
    across, var_across = scatter(blocks, cos * north - sin * east, np.zeros_like(speed))
    n_along = np.maximum(blocks.counts * independent_share(blocks, along, var_along), 1.0)
    n_across = np.maximum(blocks.counts * independent_share(blocks, across, var_across), 1.0)
    drift = np.degrees(np.arctan2(np.sqrt(var_across / n_across), speed))
    own = _own_variance(blocks, samples, "sigma_v_m_s")
    means = {
        "east_m_s": mean_east,
        "north_m_s": mean_north,
        "sigma_v_m_s": np.sqrt(var_across + own),
        "speed_std_m_s": np.sqrt(var_along / n_along),
        "direction_std_deg": np.minimum(drift, _UNKNOWN_DIRECTION_DEG),
    }
    return means, blocks.counts >= fewest


def _vertical(blocks: Blocks, samples: Arrays) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean vertical wind of each block and its fluctuation; NaN where a sample lacks it."""
    up = _column(samples, "up_m_s")[blocks.order]
    mean = blocks.mean(up)
    variance = scatter(blocks, up, mean)[1]
    return mean, np.sqrt(variance + _own_variance(blocks, samples, "sigma_w_m_s"))


def _stability(blocks: Blocks, samples: Arrays) -> dict[str, NDArray[np.float64]]:
    """Friction of the mean stress, and the Obukhov length of the mean flux of heat beside it."""
    means: dict[str, NDArray[np.float64]] = {}
    friction = np.ones(samples["time_ns"].size)[blocks.order]
    if "friction_velocity_m_s" in samples:
        friction = _column(samples, "friction_velocity_m_s")[blocks.order]
        means["friction_velocity_m_s"] = np.sqrt(blocks.mean(friction**2))
    if "obukhov_m" in samples:
        flux = blocks.mean(friction**3 / _column(samples, "obukhov_m")[blocks.order])
        stress = blocks.mean(friction**2)
        with np.errstate(divide="ignore"):
            means["obukhov_m"] = stress**1.5 / flux
    return means


def _own_variance(blocks: Blocks, samples: Arrays, name: str) -> NDArray[np.float64] | float:
    """Turbulence inside samples that are averages themselves."""
    if name not in samples:
        return 0.0
    return blocks.mean(np.nan_to_num(_column(samples, name)[blocks.order]) ** 2)


def _absent(start_ns: NDArray[np.int64], interval_s: float) -> int:
    """Blocks between the first and the last that hold no sample at all."""
    if start_ns.size == 0:
        return 0
    return int((start_ns[-1] - start_ns[0]) // round(interval_s * 1e9)) + 1 - start_ns.size


def _column(samples: Arrays, name: str) -> NDArray[np.float64]:
    return np.asarray(samples[name], dtype=np.float64)
