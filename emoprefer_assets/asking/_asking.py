"""A judge's tables: descriptions, reasonings and predictions."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from emoprefer_assets.asking.flow import BY_THE_EXTERNAL, Asking, FromTables
from emoprefer_assets.asking.interview import Interview, Progress, Rehearsal, Tally
from emoprefer_assets.asking.questions import BLIND_TEMPLATE, TEMPLATES, Pair, Question
from emoprefer_assets.errors import EmopreferError, JudgeUnavailable
from emoprefer_assets.intake import submitted_verdicts
from emoprefer_assets.judges import ChatReply, Judge, ModelJudge, read_registry
from emoprefer_assets.judges.loading import identity_of
from emoprefer_assets.judges.registry import ReplayJudge, RulesJudge, Strategy, SubmittedJudge
from emoprefer_assets.judges.replay import recorded_verdicts, recording_version
from emoprefer_assets.judges.rules import LEARNING_RULES, apply_rule
from emoprefer_assets.media import MediaReader
from emoprefer_assets.settings import Settings
from emoprefer_assets.store import TABLES, Ledger
from emoprefer_assets.strategies import Prompts, Reading, read_information, read_options, read_reply

PREDICTION_COLUMNS = TABLES["s1_predictions"].column_names


@dataclass(frozen=True)
class Answered:
    """What a judge said, and what that took.

    Attributes:
        rows: the columns of the table that they are for; verdicts and probabilities in the pair's own frame.
        tally: calls made now, tokens and cost.
        unanswered: rows without an answer that the next run asks for again.
    """

    rows: pd.DataFrame
    tally: Tally = field(default_factory=Tally)
    unanswered: int = 0


def judge_version(judge: Judge, settings: Settings, strategy: Strategy) -> str:
    """Changes when anything but pairs and clips changes what the judge would answer.

    Raises:
        JudgeUnavailable: its weights or recordings, or its external model's, are not to be had.
    """
    match judge:
        case RulesJudge():
            resource: Any = ""
        case ReplayJudge():
            resource = recording_version(judge)
        case SubmittedJudge():
            resource = judge.content
        case _:
            prompts = Prompts(settings.prompts_dir)
            templates = (BLIND_TEMPLATE,) if judge.content_blind else TEMPLATES[strategy]
            resource = [identity_of(judge, settings.models_dir), *map(prompts.version, templates)]
            if strategy in BY_THE_EXTERNAL and (external := _external(judge, settings)):
                resource += [external.entry_version(), identity_of(external, settings.models_dir)]
    text = f"{judge.entry_version()} {resource} {strategy}"
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def version_under_all_strategies(judge: Judge, settings: Settings) -> str:
    """As `judge_version`, over all strategies that the judge answers."""
    versions = [judge_version(judge, settings, strategy) for strategy in judge.strategies]
    return hashlib.blake2b(" ".join(versions).encode(), digest_size=12).hexdigest()


def predict(
    judge: Judge,
    strategy: Strategy,
    pairs: pd.DataFrame,
    clips: pd.DataFrame,
    settings: Settings,
    said: FromTables | None = None,
    together: Collection[str] = (),
    progress: Progress = lambda *_: None,
) -> Answered:
    """The judge's verdicts on `pairs` in both orders and every round.

    Args:
        pairs: pair_id, clip_id, system1, a1, system2, a2, preference, in data-set order.
        clips: the table `clips`.
        said: descriptions and reasonings, for the strategies that quote them.
        together: strategies that will be asked for in the same run; their questions are put with this one's, so that
            a clip is decoded and a model loaded once. Their answers wait in the ledger.
        progress: called as answers come, with the calls so far and the number of all.

    Returns:
        No rows where the judge does not answer the strategy.
    """
    if strategy not in judge.strategies:
        return Answered(_rows(judge, strategy, pd.DataFrame({"pair_id": []}), read_by=""))
    match judge:
        case RulesJudge():
            return Answered(_rows(judge, strategy, apply_rule(judge, pairs, settings.rounds), read_by="rule"))
        case ReplayJudge():
            return Answered(_rows(judge, strategy, recorded_verdicts(judge, strategy, pairs), read_by="recorded"))
        case SubmittedJudge():
            said_of_all = submitted_verdicts(judge, settings)
            about_pairs = said_of_all[said_of_all["pair_id"].isin(pairs["pair_id"])]
            return Answered(_rows(judge, strategy, about_pairs, read_by="recorded"))
    with _asking(judge, clips, settings, pairs, {strategy, *together}, strategy, progress) as asking:
        asked = [(pair, asking.questions(strategy, pair, said or asking)) for pair in asking.orders(pairs)]
        answers_for = asking.external if strategy in BY_THE_EXTERNAL else judge
        asking.interview.put(answers_for, (question for _, questions in asked for question in questions))
        replies = [(pair, questions, [asking.interview.reply(q) for q in questions]) for pair, questions in asked]
        tally = asking.interview.tally
    rows = pd.DataFrame([_prediction(pair, answers) for pair, _, answers in replies])
    read_by = "information" if strategy == "s5" else answers_for.read
    unanswered = sum(_to_ask_again(questions, answers) for _, questions, answers in replies)
    return Answered(_rows(judge, strategy, rows, read_by), tally, unanswered)


def predict_extra(
    judge: Judge, pairs: pd.DataFrame, clips: pd.DataFrame, settings: Settings, progress: Progress = lambda *_: None
) -> Answered:
    """The judge's direct verdicts on pairs beside the data set's own, which have no systems.

    Recordings and rules that know systems or other pairs' labels have nothing to say there: no rows.
    """
    needs_more = not judge.live or (isinstance(judge, RulesJudge) and judge.rule in LEARNING_RULES)
    if needs_more or pairs.empty:
        return Answered(_rows(judge, "s1", pd.DataFrame({"pair_id": []}), read_by=""))
    return predict(judge, "s1", pairs, clips, settings, progress=progress)


def describe(
    judge: Judge,
    pairs: pd.DataFrame,
    clips: pd.DataFrame,
    settings: Settings,
    together: Collection[str] = (),
    progress: Progress = lambda *_: None,
) -> Answered:
    """The judge's own description of each clip and round; no rows for a judge that describes nothing."""
    table = TABLES["descriptions"]
    if "s2" not in judge.strategies or not judge.live or pairs.empty:
        return Answered(table.frame())
    with _asking(judge, clips, settings, pairs, {"s2", *together}, "s2", progress) as asking:
        asked = asking.descriptions(pairs["clip_id"].unique())
        replies = {key: asking.interview.reply(question) for key, question in asked.items()}
        tally = asking.interview.tally
    rows = [
        (judge.name, round_, clip, reply.text or None, reply.failure or None)
        for (clip, round_), reply in replies.items()
    ]
    unanswered = sum(_to_ask_again([asked[key]], [reply]) for key, reply in replies.items())
    return Answered(table.frame(rows), tally, unanswered)


def reason(
    judge: Judge,
    pairs: pd.DataFrame,
    clips: pd.DataFrame,
    settings: Settings,
    said: FromTables,
    together: Collection[str] = (),
    progress: Progress = lambda *_: None,
) -> Answered:
    """The external model's comparison of each pair with the judge's description, in every round and both orders."""
    table = TABLES["reasonings"]
    if "s4" not in judge.strategies or not judge.live or pairs.empty:
        return Answered(table.frame())
    with _asking(judge, clips, settings, pairs, {"s4", *together}, "s4", progress) as asking:
        asked = [(pair, asking.reasoning_question(pair, said)) for pair in asking.orders(pairs)]
        asking.interview.put(asking.external, (question for _, question in asked))
        replies = [(pair, question, asking.interview.reply(question)) for pair, question in asked]
        tally = asking.interview.tally
    rows = [
        (judge.name, pair.round, pair.swapped, pair.pair_id, reply.text or None, reply.failure or None)
        for pair, _, reply in replies
    ]
    unanswered = sum(_to_ask_again([question], [reply]) for _, question, reply in replies)
    return Answered(table.frame(rows), tally, unanswered)


def plan(
    judge: ModelJudge,
    questions: Iterable[tuple[Collection[str], pd.DataFrame]],
    clips: pd.DataFrame,
    settings: Settings,
) -> Tally:
    """What asking would take: the calls that are missing, with an upper estimate of tokens and cost.

    Args:
        questions: strategies, and the pairs that they are asked about.

    Raises:
        JudgeUnavailable: the judge cannot answer here.
    """
    _refuse_without_media(judge, clips)
    with Ledger(settings.ledger, judge.name).open() as ledger, MediaReader() as reader:
        rehearsal = Rehearsal(ledger, settings)
        asking = Asking(judge, _external(judge, settings), clips, settings, rehearsal, reader)
        for strategies, pairs in questions:
            if len(pairs):
                _put_all(asking, strategies, pairs)
    return rehearsal.tally


def labelled(raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs that judges are asked about, with their texts."""
    return consensus_pairs[["pair_id", "preference"]].merge(raw_pairs, on="pair_id", how="left")


@contextmanager
def _asking(
    judge: ModelJudge,
    clips: pd.DataFrame,
    settings: Settings,
    pairs: pd.DataFrame,
    together: Collection[str],
    needed: str,
    progress: Progress,
) -> Iterator[Asking]:
    """An interview in which every question of `together` has been put."""
    _refuse_without_media(judge, clips)
    strategies = set(together).intersection(judge.strategies)
    with Ledger(settings.ledger, judge.name).open() as ledger, MediaReader() as reader:
        interview = Interview(ledger, settings, progress)
        external = _external(judge, settings)
        rehearsal = Rehearsal(ledger, settings)
        _put_all(Asking(judge, external, clips, settings, rehearsal, reader), strategies, pairs)
        interview.expected_calls = rehearsal.tally.all_calls
        progress(interview.tally, interview.expected_calls)
        asking = Asking(judge, external, clips, settings, interview, reader)
        _put_all(asking, strategies, pairs, needed)
        yield asking


def _put_all(asking: Asking, strategies: Collection[str], pairs: pd.DataFrame, needed: str = "") -> None:
    asking.ask_judge(strategies, pairs)
    try:
        asking.ask_external(strategies, pairs)
    except JudgeUnavailable:
        # Strategies that need the external model say so when it is their turn.
        if needed in BY_THE_EXTERNAL:
            raise


def _external(judge: ModelJudge, settings: Settings) -> ModelJudge | None:
    return read_registry(settings.judges_file)[judge.external] if judge.external else None


def _refuse_without_media(judge: ModelJudge, clips: pd.DataFrame) -> None:
    for kind in judge.inputs:
        if clips[f"{kind}_problem"].notna().all():
            raise JudgeUnavailable(
                f"{judge.where}: it takes {kind}, and no clip of the data set has any that can be read. "
                "Put the clips into the folder video/ of the data set (table clips says what is wrong with each)."
            )


def _to_ask_again(questions: Iterable[Question], replies: Iterable[ChatReply]) -> bool:
    """Whether a call failed; where there was nobody to be asked, asking again would not help."""
    return any(reply.failure and not question.problem for question, reply in zip(questions, replies, strict=True))


def _prediction(pair: Pair, replies: list[ChatReply]) -> dict[str, Any]:
    failure = next((reply.failure for reply in replies if reply.failure), "")
    if failure:
        reading = Reading("failed")
    elif len(replies) > 1:
        (first, first_alone), (second, second_alone) = (
            [reply.log_probabilities[0] for reply in replies[start : start + 2]] for start in (0, 2)
        )
        reading = read_information(first - first_alone, second - second_alone)
    elif replies[0].log_probabilities:
        reading = read_options(replies[0].log_probabilities)
    else:
        reading = read_reply(replies[0].text)
    if pair.swapped:
        reading = reading.unswapped()
    return {
        "round": pair.round,
        "swapped": pair.swapped,
        "pair_id": pair.pair_id,
        "raw_text": replies[0].text or None,
        "failure": failure or None,
        **asdict(reading),
    }


def _rows(judge: Judge, strategy: Strategy, rows: pd.DataFrame, read_by: str) -> pd.DataFrame:
    complete = rows.assign(judge=judge.name, strategy=strategy, read_by=read_by).reindex(columns=PREDICTION_COLUMNS)
    if complete.duplicated(["round", "swapped", "pair_id"]).any():
        raise EmopreferError(f"{judge.where}: more than one verdict for a pair, order and round.")
    return complete.assign(p_a1_both_orders=_over_both_orders(complete))


def _over_both_orders(rows: pd.DataFrame) -> pd.Series:
    """Probability of a1 by the mean of both orders' log-odds of a1 over a2; null without both.

    Averaging probabilities of the three options instead would let `same` decide between a1 and a2.
    """
    probabilities = rows[["p_a1", "p_a2"]].astype(float).clip(lower=1e-12)
    odds = np.log(probabilities["p_a1"] / probabilities["p_a2"])
    by_pair = odds.groupby([rows["round"], rows["pair_id"]])
    mean = by_pair.transform("mean").where(by_pair.transform("count") == 2)
    return 1 / (1 + np.exp(-mean))
