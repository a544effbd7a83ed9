"""Metrics, agreement, voting and Bradley-Terry: plain functions on arrays."""

from emoprefer_assets.stats.agreement import Agreement, Reliability, agreement, reliability
from emoprefer_assets.stats.anytime import at_look
from emoprefer_assets.stats.battle_choice import (
    Battles,
    ChoiceRules,
    adaptive_battles,
    even_battles,
)
from emoprefer_assets.stats.beyond_baselines import odds_ratios
from emoprefer_assets.stats.bradley_terry import BradleyTerry, fit_bradley_terry
from emoprefer_assets.stats.comparing import Comparisons, compare_all, compare_scores
from emoprefer_assets.stats.davidson import fit_davidson
from emoprefer_assets.stats.dawid_skene import dawid_skene
from emoprefer_assets.stats.fragility import fragility
from emoprefer_assets.stats.human_ceiling import HumanCeiling
from emoprefer_assets.stats.judge_boards import agreement_with_people, compare_boards
from emoprefer_assets.stats.metrics import recognition, swap_consistency
from emoprefer_assets.stats.power import clips_for_width, discordances, pairs_for_replacement, pairs_needed
from emoprefer_assets.stats.prediction_powered import PredictionPowered, combine_with_people
from emoprefer_assets.stats.rating_draws import RatingDraws, rating_draws
from emoprefer_assets.stats.replacement import ReplacementTest
from emoprefer_assets.stats.resampling import ClipBootstrap, Interval, clip_bootstrap, interval
from emoprefer_assets.stats.soft_labels import SoftLabels
from emoprefer_assets.stats.style_control import (
    StyleControl,
    StyleReference,
    control_style,
    identify_covariates,
)
from emoprefer_assets.stats.subgroups import Subgroups, by_subgroup

__all__ = [
    "Agreement",
    "Battles",
    "BradleyTerry",
    "ChoiceRules",
    "ClipBootstrap",
    "Comparisons",
    "HumanCeiling",
    "Interval",
    "PredictionPowered",
    "RatingDraws",
    "Reliability",
    "ReplacementTest",
    "SoftLabels",
    "StyleControl",
    "StyleReference",
    "Subgroups",
    "adaptive_battles",
    "agreement",
    "agreement_with_people",
    "at_look",
    "by_subgroup",
    "clip_bootstrap",
    "clips_for_width",
    "combine_with_people",
    "compare_all",
    "compare_boards",
    "compare_scores",
    "control_style",
    "dawid_skene",
    "discordances",
    "even_battles",
    "fit_bradley_terry",
    "fit_davidson",
    "fragility",
    "identify_covariates",
    "interval",
    "odds_ratios",
    "pairs_for_replacement",
    "pairs_needed",
    "rating_draws",
    "recognition",
    "reliability",
    "swap_consistency",
]
