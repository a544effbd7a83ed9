-- Question: how often did each system beat which other, on which clip, by whose verdicts?
-- Grain: source, pair of descriptions and unordered pair of systems. Key: source, pair_id, first_system, second_system.
-- Battles are the data set's pairs between two systems, and those of table battles, which may hold some of them too.
-- The crowd is the ensemble that table crowd offers: on labelled pairs, ranked and weighted on other clips.
-- Each pair weighs one battle for each source. People's is spread over all votes of qualified annotators, on contested pairs
-- too: pairs that kept a label alone would turn a preference of 60 percent into one of 77. It is not a battle a vote, so that
-- a pair with more votes does not outweigh others, and people's battles, the crowd's and the prior have one unit. A data set
-- without votes has its labels. Votes on battles count like those on pairs. A judge's (at its best strategy) and the crowd's is spread over orders and rounds.
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
    select 'human' as source, pair_id, vote as verdict
    from annotations
    join annotators using (annotator)
    where annotators.qualified
    union all
    select 'human', pair_id, vote
    from human_battle_votes
    join annotators using (annotator)
    where annotators.qualified
    union all
    select 'human', pair_id, preference
    from consensus_pairs
    where not exists (from annotations) and not exists (from human_battle_votes)
    union all
    select predictions.judge, predictions.pair_id, predictions.verdict
    from predictions
    join judge_choices using (judge, strategy)
    anti join unfit using (judge)
    union all
    select 'crowd', ensemble_predictions.pair_id, ensemble_predictions.verdict
    from ensemble_predictions
    join crowd using (ensemble, k, orders)
    where sample = 'held-out' and crowd.not_offered is null
    union all
    select judge, pair_id, verdict
    from battle_verdicts
    anti join unfit using (judge)
    union all
    select 'crowd', pair_id, verdict
    from crowd_verdicts
),
put_together as (
    select pair_id, clip_id, system1, system2
    from raw_pairs
    union
    select pair_id, clip_id, system1, system2
    from battles
),
tallied as (
    select
        source, pair_id,
        count(*) filter (verdict = 'a1') as a1,
        count(*) filter (verdict = 'a2') as a2,
        count(*) filter (verdict = 'same') as ties
    from verdicts
    where verdict in ('a1', 'a2', 'same')
    group by source, pair_id
),
fought as (
    select
        source, clip_id,
        least(system1, system2) as first_system,
        greatest(system1, system2) as second_system,
        pair_id,
        (if(system1 < system2, a1, a2) + 0.5::double * tallied.ties) / (a1 + a2 + tallied.ties) as first_wins,
        tallied.ties::double / (a1 + a2 + tallied.ties) as ties
    from tallied
    join put_together using (pair_id)
    where system1 <> system2
)
select
    source, clip_id, first_system, second_system, pair_id,
    count(*)::double as battles,
    sum(first_wins) as first_wins,
    sum(ties) as ties
from fought
group by all
order by all;
