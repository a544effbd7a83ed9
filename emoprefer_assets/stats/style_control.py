"""Ratings at equal style: Bradley-Terry with covariates, as LMArena controls for style (Li et al. 2024)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emoprefer_assets.stats.bradley_terry import (
    MAX_STEPS,
    PRIOR,
    TOLERANCE,
    BradleyTerry,
    fit_bradley_terry,
    information,
    pseudo_inverse,
    win_probability,
    without_lone_clips,
)
from emoprefer_assets.stats.resampling import LEVEL

# A covariate of which systems explain more than nine tenths inflates variances over tenfold (Marquardt 1970).
LEAST_TOLERANCE = 0.1
# Fewer clips than these cannot tell a covariate from its system.
LEAST_CLIPS = 30
# Two covariates whose correlation beside the systems is below this hardly bias each other's effect (a small one by
# Cohen 1988).
LEAST_CORRELATION = 0.1
# A share of information that is rounding.
NOTHING = 1e-9


@dataclass(frozen=True)
class StyleReference:
    """What one unit of style is, frozen so that boards of different days compare.

    Attributes:
        names: of the covariates, as length or emotion words.
        mean: over the reference descriptions, shape (k,). It cancels in differences.
        spread: standard deviation over the reference descriptions, above 0, shape (k,).
    """

    names: tuple[str, ...]
    mean: np.ndarray
    spread: np.ndarray

    def standardised(self, style: np.ndarray) -> np.ndarray:
        """z-scores of `style`, shape (n, k)."""
        return (style - self.mean) / self.spread


@dataclass(frozen=True)
class Identification:
    """Which covariates can be told from the systems.

    One is identified when at least `LEAST_TOLERANCE` of its information is left beside the systems and the other
    covariates, on at least `LEAST_CLIPS` clips it points against what its two systems usually differ by, and it is not
    correlated with one that is not identified: that one is left out, and its effect would be laid to the correlate.

    Attributes:
        identified: shape (k,).
        tolerance: shape (k,), share of each covariate's information beside systems and the other covariates.
        clips_against: shape (k,).
    """

    identified: np.ndarray
    tolerance: np.ndarray
    clips_against: np.ndarray


@dataclass(frozen=True)
class StyleControl:
    """Strengths at equal style, beside the plain ones.

    Attributes:
        fit: strengths and covariance given the identified covariates; `rating_draws` resamples it.
        plain: the same battles without covariates.
        reference: the units.
        identification: of the covariates; those that are not identified are left out of `fit`.
        coefficient: shape (k,), natural-log odds for one reference deviation more; nan where not identified.
        coefficient_error: shape (k,), clustered by clip.
    """

    fit: BradleyTerry
    plain: BradleyTerry
    reference: StyleReference
    identification: Identification
    coefficient: np.ndarray
    coefficient_error: np.ndarray

    @property
    def coefficient_interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the 95 percent interval of each coefficient: t with one degree of freedom less than clips."""
        from scipy.special import stdtrit

        clips = self.plain.fought.any(axis=1).sum()
        wide = stdtrit(max(clips - 1, 1), (1 + LEVEL) / 2) * self.coefficient_error
        return self.coefficient - wide, self.coefficient + wide


def control_style(
    first: np.ndarray,
    second: np.ndarray,
    first_wins: np.ndarray,
    battles: np.ndarray,
    clips: np.ndarray,
    systems: int,
    first_style: np.ndarray,
    second_style: np.ndarray,
    reference: StyleReference,
    prior: float = PRIOR,
) -> StyleControl:
    """Fit with the covariates that can be told from the systems.

    Args:
        first_style, second_style: of the two descriptions, in the covariates' own units, shape (n, k).
        prior: as in `fit_bradley_terry`; each covariate has as many virtual battles, of two equal systems one unit
            apart.
        others: as in `fit_bradley_terry`.

    Raises:
        ValueError: a reference spread is not above 0, or without a prior something has no finite estimate.
    """
    if not (reference.spread > 0).all():
        flat = reference.names[int(np.argmin(reference.spread > 0))]
        raise ValueError(f'style reference, covariate "{flat}": its spread is not above 0. Leave the covariate out.')
    plain = fit_bradley_terry(first, second, first_wins, battles, clips, systems, prior)
    apart = reference.standardised(first_style) - reference.standardised(second_style)
    rows = _Rows(first, second, first_wins, battles, clips, apart, plain, prior)
    found = rows.identification()
    fit, coefficient, error = replace(rows, apart=apart[:, found.identified]).fit()
    scattered = np.full((2, len(found.identified)), np.nan)
    scattered[:, found.identified] = coefficient, error
    return StyleControl(fit, plain, reference, found, *scattered)


def identify_covariates(
    first: np.ndarray,
    second: np.ndarray,
    first_wins: np.ndarray,
    battles: np.ndarray,
    clips: np.ndarray,
    systems: int,
    apart: np.ndarray,
) -> Identification:
    """Which covariates could be told from the systems by these battles.

    Args:
        apart: the first's covariates less the second's, in any units, shape (n, k).
        others: as in `fit_bradley_terry`.
    """
    plain = fit_bradley_terry(first, second, first_wins, battles, clips, systems)
    return _Rows(first, second, first_wins, battles, clips, apart, plain, PRIOR).identification()


@dataclass(frozen=True)
class _Rows:
    """Battles with what their two descriptions' covariates differ by, and their fit without covariates.

    `effects` are strengths, then coefficients, shape (n_systems + k,).
    """

    first: np.ndarray
    second: np.ndarray
    first_wins: np.ndarray
    battles: np.ndarray
    clips: np.ndarray
    apart: np.ndarray
    plain: BradleyTerry
    prior: float

    @property
    def count(self) -> int:
        return len(self.plain.components)

    def by_system(self, values: np.ndarray) -> np.ndarray:
        """Sums of `values`, shape (n,): added for the first system, taken from the second; shape (n_systems,)."""
        return np.bincount(self.first, values, self.count) - np.bincount(self.second, values, self.count)

    def information(self, chance: np.ndarray) -> np.ndarray:
        """Of systems and covariates at the rows' `chance` of the first winning, virtual battles not weighed in."""
        weight, count = self.battles * chance * (1 - chance), self.count
        whole = np.zeros((count + self.apart.shape[1],) * 2)
        one_way = np.bincount(self.first * count + self.second, weight, count**2).reshape(count, count)
        between = one_way + one_way.T
        whole[:count, :count] = np.diag(between.sum(axis=1)) - between
        for place, one in enumerate(self.apart.T, start=count):
            whole[place, :count] = whole[:count, place] = self.by_system(weight * one)
        whole[count:, count:] = (self.apart * weight[:, None]).T @ self.apart
        return whole

    def identification(self) -> Identification:
        usual, left = self.explained(self.plain.win_probability[self.first, self.second])
        points = self.apart * (usual[self.first] - usual[self.second])
        against = np.array([len(np.unique(self.clips[one < 0])) for one in points.T], dtype=int)
        tolerance = _tolerance(left)
        identified = (against >= LEAST_CLIPS) & (tolerance >= LEAST_TOLERANCE)
        # What the systems explain wholly is nobody's correlate.
        scale = np.where(np.diag(left) > NOTHING, np.sqrt(np.maximum(np.diag(left), NOTHING)), np.inf)
        correlated = np.abs(left / np.outer(scale, scale)) >= LEAST_CORRELATION
        # Who is left out for a correlate's sake is in turn an unidentified correlate.
        while (drawn_in := identified & correlated[:, ~identified].any(axis=1)).any():
            identified = identified & ~drawn_in
        return Identification(identified, tolerance, against)

    def explained(self, chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What systems usually differ by, shape (n_systems, k), and the information left; both with all there was."""
        count, whole = self.count, self.information(chance)
        usual = pseudo_inverse(whole[:count, :count], self.plain.components) @ whole[:count, count:]
        left = whole[count:, count:] - whole[count:, :count] @ usual
        scale = np.sqrt(np.diag(whole[count:, count:]))
        scale = np.where(scale > 0, scale, 1.0)
        return usual, left / scale[:, None] / scale[None, :]

    def fit(self) -> tuple[BradleyTerry, np.ndarray, np.ndarray]:
        """The fit at equal style, and the coefficients with their errors, each shape (k,)."""
        effects = np.concatenate([self.plain.strength, np.zeros(self.apart.shape[1])])
        value = self.value(effects)
        for _ in range(MAX_STEPS):
            bread, slope = self.bread_and_slope(effects)
            step = bread @ slope
            while (new := self.value(effects + step)) < value - 1e-9 and np.abs(step).max() > TOLERANCE:
                step = step / 2
            effects, value = effects + step, new
            if np.abs(step).max() < TOLERANCE * 100:
                return self.with_clips(effects)
        raise ValueError("no finite strengths at equal style: use a prior above 0.")

    def ahead(self, effects: np.ndarray) -> np.ndarray:
        """By how much the first is ahead, natural-log odds, shape (n,)."""
        return effects[self.first] - effects[self.second] + self.apart @ effects[self.count :]

    def chance(self, effects: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-self.ahead(effects)))

    def value(self, effects: np.ndarray) -> float:
        """The log-likelihood with virtual battles."""
        ahead, coefficient = self.ahead(effects), effects[self.count :]
        strength = effects[: self.count]
        fought = (self.battles * np.logaddexp(0, ahead) - self.first_wins * ahead).sum()
        drawn = (self.plain.virtual / 2 * np.logaddexp(0, strength[None, :] - strength[:, None])).sum()
        pulled = self.prior / 2 * (np.logaddexp(0, coefficient) + np.logaddexp(0, -coefficient)).sum()
        return -float(fought + drawn + pulled)

    def bread_and_slope(self, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        count, virtual, chance = self.count, self.plain.virtual, self.chance(effects)
        even, pull = win_probability(effects[:count]), 1 / (1 + np.exp(-effects[count:]))
        whole = self.information(chance)
        whole[:count, :count] += information(virtual, even)
        whole[count:, count:] += np.diag(self.prior * pull * (1 - pull))
        residual = self.first_wins - self.battles * chance
        of_systems = self.by_system(residual) - (virtual * (even - 0.5)).sum(axis=1)
        of_covariates = self.apart.T @ residual - self.prior * (pull - 0.5)
        return pseudo_inverse(whole, self.plain.components), np.concatenate([of_systems, of_covariates])

    def with_clips(self, effects: np.ndarray) -> tuple[BradleyTerry, np.ndarray, np.ndarray]:
        """The covariance clustered by clip, virtual battles as observations of their own."""
        plain, count, clips = self.plain, self.count, len(self.plain.scores)
        bread, _ = self.bread_and_slope(effects)
        residual = self.first_wins - self.battles * self.chance(effects)
        scores = np.zeros((clips, len(bread)))
        np.add.at(scores, (self.clips, self.first), residual)
        np.add.at(scores, (self.clips, self.second), -residual)
        for place, one in enumerate(self.apart.T, start=count):
            scores[:, place] = np.bincount(self.clips, residual * one, clips)
        even, pull = win_probability(effects[:count]), 1 / (1 + np.exp(-effects[count:]))
        meat = np.zeros_like(bread)
        drawn = plain.virtual / 2 * (even**2 + (1 - even) ** 2)
        meat[:count, :count] = np.diag(drawn.sum(axis=1)) - drawn
        meat[count:, count:] = np.diag(self.prior / 2 * (pull**2 + (1 - pull) ** 2))
        fought = plain.fought.any(axis=1).sum()
        few = fought / max(fought - 1, 1)
        covariance = bread @ (scores.T @ scores * few + meat) @ bread
        together = plain.components[:, None] == plain.components[None, :]
        systems = without_lone_clips(np.where(together, covariance[:count, :count], 0.0), plain.fought)
        at_equal_style = {"strength": effects[:count], "covariance": systems, "scores": scores}
        fit = replace(plain, **at_equal_style, bread=bread[:, :count], virtual_meat=meat)
        return fit, effects[count:], np.sqrt(np.diag(covariance)[count:])


def _tolerance(left: np.ndarray) -> np.ndarray:
    """Share of each covariate's information beside systems and the other covariates, of `left` beside the systems."""
    shares = np.empty(len(left))
    for one in range(len(left)):
        others = np.arange(len(left)) != one
        told = np.linalg.pinv(left[np.ix_(others, others)], rcond=NOTHING, hermitian=True)
        shares[one] = left[one, one] - left[one, others] @ told @ left[others, one]
    return np.clip(shares, 0.0, 1.0)
