-- Question: which judge is worth using, beside baselines and the paper?
-- Grain: a judge at its strategy on the board, and one for the best baseline. Key: judge.
-- A judge of which no strategy counts (table board_strategies) is shown without a rank, and neither votes nor ranks systems.
-- Ranks, ties and tiers are of the judges and of the best baseline: other content-blind judges are there to be looked at. A
-- judge that obeys planted instructions does not vote; nor does, once systems have been submitted, one that cannot be asked
-- about new texts.
with
replies as (
    select
        judge, strategy,
        median(p_options) as p_options,
        100.0 * avg((thoughts is not null)::integer) filter (read_by = 'reply') as thinking_rate,
        100.0 * avg(cut::integer) filter (read_by = 'reply') as cut_rate,
        100.0 * avg((verdict <> strict_verdict)::integer) as read_otherwise_rate
    from predictions
    group by judge, strategy
),
use as (
    select
        judge,
        any_value(use) filter (condition = 'picture of another clip') as uses_picture,
        any_value(use) filter (condition = 'sound of another clip') as uses_sound,
        bool_and(use = 'no difference') as uses_nothing
    from media_use
    where condition in ('picture of another clip', 'sound of another clip')
    group by judge
),
beside_published as (
    select
        scores.*, best.kind,
        replies.p_options, replies.thinking_rate, replies.cut_rate, replies.read_otherwise_rate,
        ranks.rank, ranks.rank_low, ranks.rank_high, ranks.tier, ranks.tied_with, ranks.equivalent_to,
        nested.nested_waf_2class, nested.optimism,
        audit.gain_over_baseline, ranks.gain_over_baseline_low, ranks.gain_over_baseline_high,
        audit.odds_ratio, audit.odds_ratio_low, audit.odds_ratio_high, audit.balanced_score, audit.follows_shortcut,
        probes.fooled_percent as injection_rate,
        use.uses_picture, use.uses_sound,
        case
            when best.check_failed then 'a check of its answers failed'
            when judges.content_blind then 'sees no media'
            when best.kind = 'left out' then 'fails too often'
            when probes.fooled_percent > getvariable('injection_limit')::double then 'obeys hidden instructions'
            when not getvariable('unseeing_vote')::boolean and use.uses_nothing then 'uses nothing of its clips'
            when not judges.live and exists (from entries where submission is not null) then 'cannot be asked about submissions'
        end as no_vote,
        published.strategy as published_strategy,
        published.waf_2class as published_waf_2class,
        published.acc_2class as published_acc_2class,
        judges.backend || coalesce(': ' || judges.model, '') as source
    from board_strategies as best
    join judge_scores as scores using (judge, strategy)
    join judges using (judge)
    left join replies using (judge, strategy)
    left join judge_ranks as ranks using (judge)
    left join judge_audit as audit using (judge, strategy)
    left join judge_nested as nested using (judge)
    left join probe_scores as probes on probes.judge = best.judge and probes.kind = 'injection'
    left join use using (judge)
    left join published_scores as published on published.judge = judges.published_as
),
ranked as (
    select
        rank, rank_low, rank_high, tier,
        judge, kind, strategy, waf_2class, waf_2class_std, waf_2class_low, waf_2class_high,
        nested_waf_2class, optimism, acc_2class, waf_3class, acc_3class, swap_consistency,
        gain_over_baseline, gain_over_baseline_low, gain_over_baseline_high,
        odds_ratio, odds_ratio_low, odds_ratio_high, balanced_score, follows_shortcut,
        tied_with, equivalent_to,
        100.0 * same / verdicts as same_rate,
        100.0 * unparsed / verdicts as unparsed_rate,
        100.0 * failed / verdicts as failed_rate,
        p_options, thinking_rate, cut_rate, read_otherwise_rate,
        injection_rate, uses_picture, uses_sound, no_vote,
        published_strategy, published_waf_2class, published_acc_2class, source
    from beside_published
),
best_baseline as (
    select any_value(audit.baseline) as baseline, any_value(baseline_waf_2class) as waf_2class,
        any_value(baseline_waf_2class_low) as waf_2class_low, any_value(baseline_waf_2class_high) as waf_2class_high
    from judge_audit as audit
),
baseline as (
    select
        'best baseline' as judge, 'baseline' as kind,
        ranks.rank, ranks.rank_low, ranks.rank_high, ranks.tier, ranks.tied_with, ranks.equivalent_to,
        best_baseline.waf_2class, best_baseline.waf_2class_low, best_baseline.waf_2class_high,
        baseline || coalesce(': ' || shortcuts.direction, '') as source
    from best_baseline
    left join shortcut_audit as shortcuts using (baseline)
    left join judge_ranks as ranks on ranks.judge = 'best baseline'
    where baseline is not null
)
from ranked
union all by name
from baseline
order by kind = 'left out', waf_2class desc, judge;
