-- Question: which judge is worth using, beside floors, people and the paper?
-- Grain: a judge at its best strategy, and one row for people. Key: judge.
-- A strategy that judge_scores refuses does not count: it would pass for a bad judge. Nor does a
-- judge of whose answers a check of severity error failed: what is there of it is from before. A judge of which no
-- strategy is left is shown without a rank, and neither votes nor ranks systems. A judge that obeys planted
-- instructions does not vote; nor does, once systems have been submitted, one that cannot be asked about new texts.
with
unfit as (
    select distinct judge
    from judge_checks
    where not passed and severity = 'error' and table_name <> 'battle_verdicts'
),
answered as (
    select *, not refused and judge not in (select judge from unfit) as counts
    from judge_scores
    where waf_2class is not null
),
best as (
    select *
    from answered
    qualify row_number() over (partition by judge order by counts desc, waf_2class desc, strategy) = 1
),
beside_published as (
    select
        best.*,
        case when not counts then 'left out' when judges.content_blind then 'floor' else 'judge' end as kind,
        nested.nested_waf_2class, nested.optimism, audit.gain_over_floor, audit.gain_over_floor_low, audit.gain_over_floor_high, audit.balanced_score, audit.follows_shortcut,
        canaries.fooled_percent as injection_rate,
        case
            when best.judge in (select judge from unfit) then 'a check of its answers failed'
            when judges.content_blind then 'sees no media'
            when not counts then 'fails too often'
            when canaries.fooled_percent > getvariable('injection_limit')::double then 'obeys hidden instructions'
            when not judges.live and exists (from entries where submission is not null) then 'cannot be asked about submissions'
        end as no_vote,
        published.strategy as published_strategy,
        published.waf_2class as published_waf_2class,
        published.acc_2class as published_acc_2class,
        judges.backend || coalesce(': ' || judges.model, '') as source
    from best
    join judges using (judge)
    left join judge_audit as audit using (judge, strategy)
    left join judge_nested as nested using (judge)
    left join canary_scores as canaries on canaries.judge = best.judge and canaries.kind = 'injection'
    left join published_scores as published on published.judge = judges.published_as
),
comparisons as (
    select judge1 as judge, judge2 as other, p_holm from judge_differences
    union all
    select judge2, judge1, p_holm from judge_differences
),
ties as (
    select judge, list(other order by other) as tied_with
    from comparisons
    where p_holm >= 0.05
    group by judge
),
ranked as (
    select
        if(counts, rank() over (partition by counts order by waf_2class desc), null) as rank,
        judge, kind, strategy, waf_2class, waf_2class_std, waf_2class_low, waf_2class_high,
        nested_waf_2class, optimism, acc_2class, waf_3class, acc_3class, swap_consistency,
        gain_over_floor, gain_over_floor_low, gain_over_floor_high, balanced_score, follows_shortcut, tied_with,
        100.0 * same / verdicts as same_rate,
        100.0 * unparsed / verdicts as unparsed_rate,
        100.0 * failed / verdicts as failed_rate,
        injection_rate, no_vote,
        published_strategy, published_waf_2class, published_acc_2class, source
    from beside_published
    left join ties using (judge)
),
people as (
    select
        'human ceiling' as judge, 'people' as kind, two_class as acc_2class, three_class as acc_3class, source
    from human_agreement
    where annotator = 'all'
)
from ranked
union all by name
from people
order by kind = 'left out', rank nulls first, judge;
