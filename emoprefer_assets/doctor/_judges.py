"""The judges that take part: registry, weights, recordings, endpoints, keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import pandas as pd
import psutil
from packaging.version import Version

from emoprefer_assets.datasets import DataSet, read_data_set
from emoprefer_assets.display import listed
from emoprefer_assets.doctor._endpoints import shown_address, why_unreachable
from emoprefer_assets.doctor._model import OK, PROBLEM, WARNING, Finding, finding_of, findings_of, size
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.intake import all_judges
from emoprefer_assets.judges import Judge, Registry
from emoprefer_assets.judges.installed import require_installed
from emoprefer_assets.judges.openai import endpoint_key, remedy
from emoprefer_assets.judges.registry import EndpointJudge, GeminiJudge, LocalJudge, ReplayJudge, TransformersJudge
from emoprefer_assets.judges.transformers.loading import FIRST_WITH_MEDIA, require_weights
from emoprefer_assets.judges.weights import find_weights
from emoprefer_assets.offline import gaps_in, recorded_verdicts, recording_version
from emoprefer_assets.settings import Settings

WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.pth")


def judges(settings: Settings) -> list[Finding]:
    """Whether each judge that takes part could answer."""
    try:
        registry = all_judges(settings)
        active = _asked(registry, settings)
    except EmopreferError as error:
        return [finding_of("judge registry", error)]
    kinds = f"{len(active)} of {len(registry.judges)} judges take part ({settings.judges_file})"
    found = [Finding("judge registry", OK, kinds)]
    if not active:
        found = [Finding("judge registry", WARNING, kinds, "Add a judge, or remove `retired:` or `only_on:` of one.")]
    remote = [judge for judge in active if isinstance(judge, EndpointJudge)]
    here = zip(active, _all_here(active, settings), strict=True)
    return [
        *found,
        *(finding for one in here for finding in _with_weights_compared(*one, settings)),
        *_endpoints(remote),
    ]


def obstacles(asked: Iterable[Judge], settings: Settings) -> dict[str, str]:
    """What would keep each of `asked` from answering, found without loading or asking anything; by name.

    An endpoint that has trouble, or one of several that cannot be reached, is none.
    """
    asked, found = list(asked), {}
    urls = {url for judge in asked for url in getattr(judge, "base_urls", ())}
    away = {url: why for url, why in why_unreachable(urls).items() if why and not why.startswith("HTTP")}
    for judge, here in zip(asked, _all_here(asked, settings), strict=True):
        wrong = [finding for finding in here if finding.state == PROBLEM]
        served_at = getattr(judge, "base_urls", ())
        if served_at and all(url in away for url in served_at):
            wrong.append(_unreachable(served_at[0], away[served_at[0]], judge.name))
        if wrong:
            said = f"{wrong[0].what}. {wrong[0].mend}"
            if len(wrong) > 1:
                said += f" `emoprefer doctor` says {len(wrong) - 1} more."
            found[judge.name] = said if judge.where in said else f"{judge.where}: {said}"
    return found


def _all_here(asked: Sequence[Judge], settings: Settings) -> list[list[Finding]]:
    """What each judge needs on this machine."""
    data = None
    if any(isinstance(judge, ReplayJudge) for judge in asked):
        # What is wrong with the data set is a finding of its own.
        with suppress(EmopreferError):
            data = read_data_set(settings.data_dir)
    return [_here(judge, settings, data) for judge in asked]


def _here(judge: Judge, settings: Settings, data: DataSet | None) -> list[Finding]:
    match judge:
        case LocalJudge():
            return _weights(judge, settings)
        case ReplayJudge():
            return _recording(judge, data)
        case EndpointJudge():
            return _key(judge)
    return []


def _asked(registry: Registry, settings: Settings) -> list[Judge]:
    """Those that take part, and the external models that answer for them."""
    active = list(registry.taking_part(settings.data_dir))
    for judge in tuple(active):
        external = getattr(judge, "external", None)
        if external and all(external != other.name for other in active):
            active.append(registry[external])
    return active


def _weights(judge: LocalJudge, settings: Settings) -> list[Finding]:
    name = f"weights of {judge.name}"
    try:
        require_installed(judge)
    except JudgeUnavailable as error:
        return [finding_of(name, error)]
    version = metadata.version("transformers")
    if isinstance(judge, TransformersJudge) and judge.inputs and Version(version) < Version(FIRST_WITH_MEDIA):
        what = f"transformers {version} is too old for a judge with media"
        return [Finding(name, PROBLEM, what, f"Run `pip install 'transformers>={FIRST_WITH_MEDIA}'`.")]
    try:
        place = find_weights(judge, settings.models_dir)
    except JudgeUnavailable as error:
        return [finding_of(name, error)]
    if place.is_file():
        return [Finding(name, OK, f"{place.name}, converted when it is first asked")]
    there = [file for pattern in WEIGHTS for file in place.glob(pattern)]
    if not there:
        return [Finding(name, PROBLEM, f"{place} lacks a file of weights", f"Download {judge.model} again.")]
    needed = sum(file.stat().st_size for file in there)
    what = f"{size(needed)} in {place}"
    if needed > psutil.virtual_memory().total and not Path("/dev/nvidia0").exists():
        return [Finding(name, WARNING, f"{what}: more than this machine's memory", "Serve it elsewhere, or use a GPU.")]
    return [Finding(name, OK, what)]


def _with_weights_compared(judge: Judge, here: list[Finding], settings: Settings) -> list[Finding]:
    """`here`, or that the model's folder lacks weights that it needs: seen from their names, for which torch is loaded.

    Left to the run are models that bring code of their own, which would be executed, and GGUF files.
    """
    if not isinstance(judge, TransformersJudge) or judge.trust_remote_code or any(one.state == PROBLEM for one in here):
        return here
    place = find_weights(judge, settings.models_dir)
    try:
        if place.is_dir():
            require_weights(place, judge)
    except JudgeUnavailable as error:
        return [finding_of(f"weights of {judge.name}", error)]
    return here


def _recording(judge: ReplayJudge, data: DataSet | None) -> list[Finding]:
    """Whether it is there and about this data set, as far as that can be said before labels are made."""
    name = f"recording of {judge.name}"
    left_out: list[str] = []
    beside: list[str] = []
    try:
        recording_version(judge)
        if data and judge.prefix is None:
            known = pd.concat([data.pairs, data.robustness], ignore_index=True)
            left_out, beside = gaps_in(judge, data.pairs, known)
        elif data and data.votes.empty:
            labelled = data.pairs.assign(preference=data.pairs["published_preference"]).dropna(subset=["preference"])
            for strategy in judge.strategies if len(labelled) else ():
                recorded_verdicts(judge, strategy, labelled)
    except EmopreferError as error:
        return findings_of(name, error)
    if left_out:
        mend = "Add the rows, or let the pairs count as failed calls."
        return [Finding(name, WARNING, "; ".join([*left_out, *beside]), mend)]
    return [Finding(name, OK, "; ".join([str(judge.recording), *beside]))]


def _key(judge: EndpointJudge) -> list[Finding]:
    """Whether there is one that can be sent; nothing of a judge whose server wants none."""
    name = f"key of {judge.name}"
    try:
        if isinstance(judge, GeminiJudge):
            require_installed(judge)
        key = endpoint_key(judge)
    except JudgeUnavailable as error:
        return [finding_of(name, error)]
    if key:
        return [Finding(name, OK, f"{judge.key_variable} is set")]
    if judge.sends_key:
        mend = f"Run `export {judge.key_variable}=...` if the server wants a key."
        return [Finding(name, WARNING, f"{judge.key_variable} is not set", mend)]
    return []


def _endpoints(remote: Iterable[EndpointJudge]) -> list[Finding]:
    served: dict[str, list[str]] = {}
    for judge in remote:
        for url in judge.base_urls:
            served.setdefault(url, []).append(judge.name)
    found = []
    for url, reason in why_unreachable(served).items():
        name, who = f"endpoint {shown_address(url)}", listed(served[url], 3)
        if not reason:
            found.append(Finding(name, OK, f"answers, for {who}"))
        elif reason.startswith("HTTP"):
            found.append(Finding(name, WARNING, f"answers with {reason}, for {who}", "Look at the server's log."))
        else:
            found.append(_unreachable(url, reason, who))
    return found


def _unreachable(url: str, reason: str, who: str) -> Finding:
    what = f"no connection ({reason}), for {who}"
    return Finding(f"endpoint {shown_address(url)}", PROBLEM, what, remedy(reason, url))
