"""What a judge's answers depend on beside pairs and clips."""

from __future__ import annotations

import hashlib
from typing import Any

from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.judges import Judge, ModelJudge, read_registry
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.judges.registry import ReplayJudge, RulesJudge, SubmittedJudge
from emoprefer_assets.offline.recordings import recording_version
from emoprefer_assets.plugins import BACKENDS, BASELINES, STRATEGIES
from emoprefer_assets.settings import Settings
from emoprefer_assets.strategies import Prompts


def judge_version(judge: Judge, settings: Settings, strategy: str) -> str:
    """Changes when anything but pairs and clips changes what the judge would answer.

    Raises:
        JudgeUnavailable: its weights or recordings, or its external model's, are not to be had.
    """
    match judge:
        case RulesJudge():
            resource: Any = BASELINES.version(judge.rule)
        case ReplayJudge():
            resource = recording_version(judge)
        case SubmittedJudge():
            resource = judge.content
        case _:
            asks = STRATEGIES[strategy]
            resource = [
                identity_of(judge, settings.models_dir),
                *asks.version(judge, Prompts(settings.prompts_dir, judge.prompts).version),
                *filter(None, [STRATEGIES.version(strategy), BACKENDS.version(judge.backend)]),
            ]
            if asks.step.by_external and judge.external:
                external = external_of(judge, settings)
                resource += [external.entry_version(), identity_of(external, settings.models_dir)]
                resource += filter(None, [BACKENDS.version(external.backend)])
    return _hash(f"{judge.entry_version()} {resource} {strategy}")


def version_under_all_strategies(judge: Judge, settings: Settings) -> str:
    """As `judge_version`, over all strategies that the judge answers."""
    return _hash(" ".join(judge_version(judge, settings, strategy) for strategy in judge.strategies))


def external_of(judge: ModelJudge, settings: Settings) -> ModelJudge:
    """The text model that answers strategies 3 and 4 for the judge.

    Raises:
        EmopreferError: the judge names none.
    """
    external = read_registry(settings.judges_file)[judge.external] if judge.external else None
    # The registry takes no other as `external:`.
    if not isinstance(external, ModelJudge):
        raise EmopreferError(f"{judge.where}: strategies 3 and 4 need a text model. Set `external:`.")
    return external


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
