"""Where are the sources, how much do they emit, how many are there, and how sure is that.

The verb of this room. Steady Gaussian plumes from sources of unknown number, place, height and
rate, each of which may be on or off; widths from measured turbulence with their uncertainty;
errors of wind direction and dilution that persist; a background per sensor; heavy-tailed
residuals. The posterior is sampled by cooling (`sillage.localise.temper`), the data get the weight
that their own scatter justifies, and sources are added as long as the readings ask for one more
(`sillage.localise.number`). The decisions are in docs/decisions/0010-first-localiser.md and
0012-several-sources.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from numpy.random import Generator

from sillage.localise.found import found_in, learned_in
from sillage.localise.ground import Bounds
from sillage.localise.imaged import imaged_of
from sillage.localise.model import Model
from sillage.localise.number import count_sources
from sillage.localise.problem import pose
from sillage.localise.record import Made, record_of
from sillage.localise.settings import Settings
from sillage.records.context import Context
from sillage.records.detection import Detection
from sillage.records.place import LocalFrame
from sillage.records.readings import Readings
from sillage.records.source_estimate import SourceEstimate
from sillage.records.wind import Wind

METHOD = "tempered plumes"


class Localiser(Protocol):
    """A plug-in that turns readings and wind into a posterior; `locate` is the first."""

    def __call__(
        self,
        readings: Sequence[Readings | Detection],
        wind: Wind,
        *,
        frame: LocalFrame,
        bounds: Bounds | None = None,
        context: Context | None = None,
        settings: Settings | None = None,
        rng: Generator,
    ) -> SourceEstimate:
        """Posterior of sources; the parameters and errors are those of `locate`."""
        ...


def locate(
    readings: Sequence[Readings | Detection],
    wind: Wind,
    *,
    frame: LocalFrame,
    bounds: Bounds | None = None,
    context: Context | None = None,
    settings: Settings | None = None,
    rng: Generator,
) -> SourceEstimate:
    """Posterior of the number, positions, rates and schedules of sources.

    Parameters
    ----------
    readings
        Batches of one gas, averaged in blocks; points and paths, fixed and moving, together. And
        plumes that were seen from above: one of the gas with a rate is a reading of its source.
    wind
        Averaged over blocks of at least the same length.
    frame
        Local frame to compute in.
    bounds
        Rectangle to search, metres in the frame; when not given, the box of the context's search
        zones, or the sensors' surroundings.
    context
        What the user knows: zones to search or to leave out, heights that are possible, and lawful
        emitters with their rates.
    settings
        Priors and effort; the defaults suit every data set they were tried on.
    rng
        Source of randomness; the same one gives the same draws.

    Raises
    ------
    SettingError
        The zones leave no ground to search.
    NotEnoughInformation
        Nothing can be asked: no wind at the time of any reading, or no order in a raw channel.
    """
    settings = settings or Settings()
    batches = [one for one in readings if isinstance(one, Readings)]
    plumes = [one for one in readings if isinstance(one, Detection)]
    problem = pose(batches, wind, frame, bounds, settings, context)
    imaged = imaged_of(plumes, problem.gas, frame, problem.ground, settings)
    problem = problem._replace(imaged=imaged)
    model = Model(problem, settings)
    counted = count_sources(model, rng)
    known = () if context is None else (context.id,)
    parents = (*(batch.id for batch in readings), wind.id, *known)
    made = Made(parents, METHOD, learned_in(counted))
    return record_of(problem, settings, found_in(counted, model), made, rng=rng)
