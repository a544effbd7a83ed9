"""What a sceptic asks: does a judge do more than follow a shortcut?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from emoprefer_assets.assets._audit import (
    agreement_with,
    as_signs,
    audit_of,
    baseline_waf,
    dominant_shortcut,
    followed,
    pairs_with_texts,
    rule_codes,
    systems_known,
    waf,
)
from emoprefer_assets.assets._boards import STYLE
from emoprefer_assets.assets._table import table
from emoprefer_assets.assets.answers import Answers, labelled_pairs, verdicts_by_judge
from emoprefer_assets.offline import audited_baselines, verdicts_of_baseline
from emoprefer_assets.offline.word_counts import WordCounts
from emoprefer_assets.plugins import BASELINES
from emoprefer_assets.stats.beyond_baselines import odds_ratios
from emoprefer_assets.stats.labels import SAME, codes
from emoprefer_assets.stats.metrics import same_in_both_orders
from emoprefer_assets.stats.resampling import Estimate, clip_bootstrap
from emoprefer_assets.stats.score_intervals import share_interval
from emoprefer_assets.stats.style_control import identify_covariates
from emoprefer_assets.store import TABLES

FOLDS = 10
# A classifier of hundreds of systems takes hours, and tells no more of whether systems write recognisably.
SYSTEMS_TOLD_APART = 10


@table(group="scores")
def baseline_verdicts(raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """What each content-blind baseline says of the labelled pairs."""
    pairs = pairs_with_texts(raw_pairs, consensus_pairs)
    if pairs.empty:
        return TABLES["baseline_verdicts"].frame()
    said = [
        verdicts_of_baseline(baseline, pairs).assign(baseline=name) for name, baseline in audited_baselines().items()
    ]
    return pd.concat(said, ignore_index=True)


@table(group="scores")
def shortcut_audit(baseline_verdicts: pd.DataFrame, consensus_pairs: pd.DataFrame) -> pd.DataFrame:
    """How far each content-blind baseline gets on this data set."""
    pairs = labelled_pairs(consensus_pairs)
    if pairs.empty:
        return TABLES["shortcut_audit"].frame()
    labels, bootstrap = codes(pairs["preference"]), clip_bootstrap(pairs["clip_id"].to_numpy(dtype=str))
    decided, directions = labels != SAME, baseline_verdicts.groupby("baseline")["direction"]
    rows = []
    for rule, said in rule_codes(baseline_verdicts, pairs).items():
        score, agrees = baseline_waf(labels, said, bootstrap), agreement_with(labels, said)
        rows.append(
            {
                "baseline": rule,
                "sees": BASELINES[rule].sees,
                "direction": _commonest(directions.get_group(rule)),
                **Estimate(score.value, score.interval).columns("waf_2class"),
                **Estimate(followed(labels, said), share_interval(agrees[None], decided, bootstrap)).columns(
                    "followed"
                ),
                "same": int((said == SAME).sum()),
                "pairs_2class": int(decided.sum()),
            }
        )
    return pd.DataFrame(rows).sort_values("waf_2class", ascending=False, kind="stable", ignore_index=True)


@table(group="scores")
def shortcut_summary(
    baseline_verdicts: pd.DataFrame, raw_pairs: pd.DataFrame, consensus_pairs: pd.DataFrame
) -> pd.DataFrame:
    """What the data set itself gives away: systems told from the text, lengths, and whether the two are separable."""
    pairs = pairs_with_texts(raw_pairs, consensus_pairs)
    if pairs.empty:
        return TABLES["shortcut_summary"].frame()
    labels, rules = codes(pairs["preference"]), rule_codes(baseline_verdicts, pairs)
    decided, shortcut = labels != SAME, dominant_shortcut(labels, rules)
    words = pairs[["a1", "a2"]].apply(lambda texts: texts.str.split().str.len())
    apart = (words["a1"] - words["a2"]).abs() / words.max(axis=1)
    return pd.DataFrame(
        [
            {
                "dominant_shortcut": shortcut,
                "direction": _commonest(baseline_verdicts.loc[baseline_verdicts["baseline"] == shortcut, "direction"]),
                "pairs_2class": int(decided.sum()),
                "stereotype_pairs": int((decided & (rules[shortcut] != SAME) & (labels != rules[shortcut])).sum()),
                "systems": pairs[["system1", "system2"]].stack().nunique(),
                **_system_from_text(pairs),
                **{f"length_matched_{percent}": int((apart <= percent / 100).sum()) for percent in (10, 15, 20)},
                **_length_beside_system(pairs),
            }
        ]
    )


@table(group="scores")
def judge_audit(
    predictions: Answers,
    baseline_verdicts: pd.DataFrame,
    raw_pairs: pd.DataFrame,
    consensus_pairs: pd.DataFrame,
    judges: pd.DataFrame,
) -> pd.DataFrame:
    """What each judge says beyond the baselines, and how it does where people contradict the dominant shortcut."""
    audit = audit_of(raw_pairs, consensus_pairs, baseline_verdicts, predictions, judges)
    if audit is None:
        return TABLES["judge_audit"].frame()
    blind, best = set(judges.loc[judges["content_blind"], "judge"]), audit.best_baseline_waf
    ends = best.interval.columns("baseline_waf_2class")
    rows = []
    for judge in audit.judged:
        row = {
            "judge": judge.judge,
            "strategy": judge.strategy,
            **audit.balance(judge.normal),
            **audit.beyond_baselines(judge.normal),
            "baseline": audit.best_baseline,
            "baseline_waf_2class": best.value,
            **ends,
            **audit.waf_samples(judge.normal).gain(best, "gain_over_baseline"),
        }
        # What sees no clip has nothing but shortcuts to follow, however well the baselines' own words for them fit.
        rows.append(row | {"follows_shortcut": True} if judge.judge in blind else row)
    return pd.DataFrame(rows).astype({"follows_shortcut": "boolean"})


@table(group="scores")
def baseline_agreement(
    predictions: Answers, baseline_verdicts: pd.DataFrame, consensus_pairs: pd.DataFrame, judges: pd.DataFrame
) -> pd.DataFrame:
    """What each judge says beyond each baseline, what the baseline says beyond the judge, and where both go wrong."""
    pairs = labelled_pairs(consensus_pairs)
    if pairs.empty:
        return TABLES["baseline_agreement"].frame()
    labels, rules = codes(pairs["preference"]), rule_codes(baseline_verdicts, pairs)
    clips, _ = pd.factorize(pairs["clip_id"])
    rows = []
    for judge in verdicts_by_judge(predictions, pairs, judges):
        for rule, verdicts in rules.items():
            wrong = (labels != SAME) & (verdicts != SAME) & (verdicts != labels)
            agrees = judge.normal[:, wrong] == verdicts[wrong]
            of_judge, of_rule = odds_ratios(labels, judge.normal, as_signs(verdicts)[:, None], clips)
            rows.append(
                {
                    "judge": judge.judge,
                    "strategy": judge.strategy,
                    "baseline": rule,
                    "pairs": int(wrong.sum()),
                    "agreement": 100.0 * float(agrees.mean()) if wrong.any() else np.nan,
                    **of_judge.columns("judge_odds_ratio"),
                    **of_rule.columns("baseline_odds_ratio"),
                }
            )
    return pd.DataFrame(rows) if rows else TABLES["baseline_agreement"].frame()


@table(group="scores")
def robustness_scores(
    robustness_predictions: Answers, robustness_pairs: pd.DataFrame, judges: pd.DataFrame
) -> pd.DataFrame:
    """Which kinds of error each judge sees through, beside how much longer the unedited description is."""
    longer = robustness_pairs["a1"].str.len() - robustness_pairs["a2"].str.len()
    pairs = robustness_pairs.assign(longer=longer.where(robustness_pairs["preference"] == "a1", -longer))
    rows = []
    for judge in verdicts_by_judge(robustness_predictions, pairs, judges) if len(pairs) else []:
        orders = [judge.normal] if judge.swapped is None else [judge.normal, judge.swapped]
        labels = codes(pairs["preference"])
        right = np.stack([verdicts == labels for verdicts in orders])
        for error_type, of_type in pairs.groupby("error_type"):
            where = pairs["error_type"].eq(error_type).to_numpy()
            bootstrap = clip_bootstrap(of_type["clip_id"].to_numpy(dtype=str))
            everything = np.ones(len(of_type), dtype=bool)
            of_orders = right[:, :, where]
            accuracy = Estimate(100.0 * of_orders.mean(), share_interval(of_orders.mean(axis=0), everything, bootstrap))
            both = alike = None
            if judge.swapped is not None:
                both = 100.0 * of_orders.all(axis=0).mean()
                alike = 100.0 * same_in_both_orders(judge.normal, judge.swapped)[:, where].mean()
            score = waf(labels[where], judge.normal[:, where])
            found = (len(of_type), *accuracy.figures, both, of_type["longer"].mean(), score, alike)
            rows.append((judge.judge, judge.strategy, error_type, *found))
    return TABLES["robustness_scores"].frame(rows)


def _commonest(directions: pd.Series) -> str | None:
    """Which way a baseline points on most pairs; None where it has no direction."""
    found = directions.value_counts()
    return None if found.empty else str(found.index[0])


def _length_beside_system(pairs: pd.DataFrame) -> dict[str, object]:
    """Whether length can be told from the systems, by the rule and the battles of people's `style_effects`."""
    fought = pairs[pairs["system1"].notna() & pairs["system2"].notna() & (pairs["system1"] != pairs["system2"])]
    if fought.empty:
        return {"length_tolerance": None, "length_clips_against": None, "length_and_system": "not identified"}
    first, second = np.split(pd.factorize(pd.concat([fought["system1"], fought["system2"]]))[0], 2)
    apart = [fought["a1"].map(measure) - fought["a2"].map(measure) for measure in STYLE.values()]
    found = identify_covariates(
        first,
        second,
        fought["preference"].map({"a1": 1.0, "same": 0.5, "a2": 0.0}).to_numpy(dtype=float),
        np.ones(len(fought)),
        pd.factorize(fought["clip_id"])[0],
        int(max(first.max(), second.max())) + 1,
        np.stack(apart, axis=1).astype(float),
    )
    length = list(STYLE).index("characters")
    return {
        "length_tolerance": found.tolerance[length],
        "length_clips_against": int(found.clips_against[length]),
        "length_and_system": "separable" if found.identified[length] else "not identified",
    }


def _system_from_text(pairs: pd.DataFrame) -> dict[str, float | None]:
    """How well a TF-IDF classifier tells which system wrote a description, on clips that it was not fitted on."""
    names = ("system_from_text", "system_from_text_low", "system_from_text_high", "system_from_text_chance")
    if not systems_known(pairs):
        return dict.fromkeys(names)
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    sides = [pairs[["clip_id", f"system{n}", f"a{n}"]].set_axis(["clip", "system", "text"], axis=1) for n in (1, 2)]
    written = pd.concat(sides).drop_duplicates()
    largest = written["system"].value_counts(sort=False).sort_index().nlargest(SYSTEMS_TOLD_APART)
    written = written[written["system"].isin(largest.index)].reset_index(drop=True)
    if written["clip"].nunique() < FOLDS:
        return dict.fromkeys(names)
    # Numbers in the order of the names: sorting names takes long, and every split and fit does it anew.
    clips, systems = (pd.factorize(written[column], sort=True)[0] for column in ("clip", "system"))
    words = WordCounts(written["text"])
    right = np.empty(len(written))
    for train, test in GroupKFold(FOLDS).split(written, groups=clips):
        weighted = words.tf_idf(train)
        if not weighted.shape[1]:
            right[test] = systems[test] == np.bincount(systems[train]).argmax()
            continue
        model = LogisticRegression(solver="newton-cg").fit(weighted[train], systems[train])
        right[test] = model.predict(weighted[test]) == systems[test]
    everything = np.ones(len(right), dtype=bool)
    found = share_interval(right[None], everything, clip_bootstrap(written["clip"].to_numpy(dtype=str)))
    chance = 100.0 * written["system"].value_counts(normalize=True).iloc[0]
    return dict(zip(names, (100.0 * right.mean(), found.low, found.high, chance), strict=True))
