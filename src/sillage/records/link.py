"""Do two sites share chemistry: how much more probable is the evidence if they do."""

from __future__ import annotations

from sillage.records.base import Part, Record, RecordId


class Feature(Part, frozen=True, kw_only=True):
    """One thing that two sites have in common, or not."""

    name: str
    """Such as `solvent ratio` or `working hours`."""
    log_likelihood_ratio: float
    """Natural logarithm; positive speaks for a link."""
    explanation: str


class Link(Record, frozen=True, kw_only=True):
    """Likelihood ratio of `linked` against `by chance` for two sites; never a verdict."""

    sites: tuple[RecordId, RecordId]
    log_likelihood_ratio: float
    """Natural logarithm, all features together."""
    log_likelihood_ratio_std: float
    features: tuple[Feature, ...]
    reference: str
    """The unlinked pairs that chance was measured on."""
    method: str
    settings: dict[str, float | int | str]
    assumptions: tuple[str, ...] = ()
