-- Question: by which strategy does each judge stand on the board, and does it count there?
-- Grain: a judge with scores. Key: judge.
-- A strategy that judge_scores refuses does not count: it would pass for a bad judge. Nor does a judge of whose answers a
-- check of severity error failed: its rows are from an earlier run. Of a judge of which no strategy counts, the best one
-- is shown, as left out.
with
unfit as (
    select distinct judge
    from judge_checks
    where not passed and severity = 'error' and table_name <> 'battle_verdicts'
),
answered as (
    select
        scores.judge, strategy, waf_2class, unfit.judge is not null as check_failed,
        not refused and unfit.judge is null as counts
    from judge_scores as scores
    left join unfit using (judge)
    where waf_2class is not null
),
best as (
    select *
    from answered
    qualify row_number() over (partition by judge order by counts desc, waf_2class desc, strategy) = 1
)
select
    judge, strategy,
    case when not counts then 'left out' when judges.content_blind then 'baseline' else 'judge' end as kind,
    check_failed
from best
join judges using (judge)
order by judge;
