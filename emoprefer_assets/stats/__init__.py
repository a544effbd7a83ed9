"""Metrics, agreement, voting and Bradley-Terry: plain functions on arrays."""

from emoprefer_assets.stats.agreement import Agreement, Reliability, agreement, reliability
from emoprefer_assets.stats.anytime import Anytime, at_look
from emoprefer_assets.stats.battle_choice import (
    Battles,
    ChoiceRules,
    adaptive_battles,
    even_battles,
    full_round_robin,
)
from emoprefer_assets.stats.beyond_baselines import odds_ratios
from emoprefer_assets.stats.bradley_terry import BradleyTerry, fit_bradley_terry
from emoprefer_assets.stats.comparing import Comparisons, compare_all, compare_scores
from emoprefer_assets.stats.davidson import Davidson, fit_davidson
from emoprefer_assets.stats.dawid_skene import DawidSkene, dawid_skene
from emoprefer_assets.stats.fragility import Fragility, fragility
from emoprefer_assets.stats.human_ceiling import HumanCeiling, JudgeAndAnnotators
from emoprefer_assets.stats.judge_boards import BoardAgreement, agreement_with_people, compare_boards
from emoprefer_assets.stats.metrics import Recognition, recognition, swap_consistency
from emoprefer_assets.stats.power import Discordance, clips_for_width, discordances, pairs_for_replacement, pairs_needed
from emoprefer_assets.stats.prediction_powered import PredictionPowered, combine_with_people
from emoprefer_assets.stats.rating_draws import RatingDraws, rating_draws
from emoprefer_assets.stats.replacement import Replacement, ReplacementTest
from emoprefer_assets.stats.resampling import ClipBootstrap, Interval, clip_bootstrap, interval
from emoprefer_assets.stats.soft_labels import SoftLabels
from emoprefer_assets.stats.style_control import (
    Identification,
    StyleControl,
    StyleReference,
    control_style,
    identify_covariates,
)
from emoprefer_assets.stats.subgroups import Subgroups, by_subgroup
from emoprefer_assets.stats.voting import top_k_majority

__all__ = [
    "Agreement",
    "Anytime",
    "Battles",
    "BoardAgreement",
    "BradleyTerry",
    "ChoiceRules",
    "ClipBootstrap",
    "Comparisons",
    "Davidson",
    "DawidSkene",
    "Discordance",
    "Fragility",
    "HumanCeiling",
    "Identification",
    "Interval",
    "JudgeAndAnnotators",
    "PredictionPowered",
    "RatingDraws",
    "Recognition",
    "Reliability",
    "Replacement",
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
    "full_round_robin",
    "identify_covariates",
    "interval",
    "odds_ratios",
    "pairs_for_replacement",
    "pairs_needed",
    "rating_draws",
    "recognition",
    "reliability",
    "swap_consistency",
    "top_k_majority",
]
