-- Question: how often did each system beat which other, on which clip, by whose verdicts?
-- Grain: source, clip and unordered pair of systems. Key: source, clip_id, first_system, second_system.
-- Battles are the data set's pairs between two systems, and those of table battles.
-- The crowd is the ensemble that table crowd names: on labelled pairs, ranked and weighted on other clips.
-- People count once a pair. A judge (at its best strategy) and the crowd spread one pair's weight over orders and rounds.
-- A judge of whose answers a check of severity error failed ranks no system.
with
unfit as (
    select distinct judge
    from judge_checks
    where not passed and severity = 'error'
),
judge_choices as (
    select judge, strategy
    from judge_board
    where strategy is not null and kind <> 'left out'
    union all
    -- Without labels no strategy is best: the first one that a judge answered stands for it.
    select judge, min(strategy) as strategy
    from predictions
    semi join judges using (judge)
    where not exists (from consensus_pairs where preference is not null)
    group by judge
),
verdicts as (
    select 'human' as source, pair_id, preference as verdict
    from consensus_pairs
    union all
    select predictions.judge, predictions.pair_id, predictions.verdict
    from predictions
    join judge_choices using (judge, strategy)
    anti join unfit using (judge)
    union all
    select 'crowd', ensemble_predictions.pair_id, ensemble_predictions.verdict
    from ensemble_predictions
    join crowd using (ensemble, k, orders)
    where sample = 'held-out'
    union all
    select judge, pair_id, verdict
    from battle_verdicts
    anti join unfit using (judge)
    union all
    select 'crowd', pair_id, verdict
    from crowd_verdicts
),
put_together as (
    select pair_id as battle_id, pair_id, clip_id, system1, system2
    from raw_pairs
    union all
    select battle_id, pair_id, clip_id, system1, system2
    from battles
),
fought as (
    select
        source, clip_id,
        least(system1, system2) as first_system,
        greatest(system1, system2) as second_system,
        case verdict when 'same' then 0.5 when if(system1 < system2, 'a1', 'a2') then 1.0 else 0.0 end as first_score,
        verdict = 'same' as tied,
        1.0 / count(*) over (partition by source, battle_id) as weight
    from verdicts
    join put_together using (pair_id)
    where verdict in ('a1', 'a2', 'same') and system1 <> system2
)
select
    source, clip_id, first_system, second_system,
    sum(weight) as battles,
    sum(weight * first_score) as first_wins,
    sum(weight * tied::integer) as ties
from fought
group by all
order by all;
