-- Question: on which pairs do judges disagree among themselves, or with people?
-- Grain: One row a labelled pair on which at least one judge differs from another or from people. Key: pair_id.
-- Columns: pair_id, clip_id, preference, judges, say_a1, say_a2, say_same, against_people, split_percent, dissenters,
--   a1, a2.
create or replace view disagreements as
with
said as (
    select
        predictions.judge, predictions.pair_id,
        case when predictions.verdict in ('a1', 'a2') then predictions.verdict else 'same' end as verdict
    from predictions
    join judge_board using (judge, strategy)
    where judge_board.kind = 'judge' and predictions.round = 0 and not predictions.swapped
),
counted as (
    select
        pair_id, preference, count(*) as judges,
        count(*) filter (where verdict = 'a1') as say_a1,
        count(*) filter (where verdict = 'a2') as say_a2,
        count(*) filter (where verdict = 'same') as say_same,
        count(*) filter (where verdict <> preference) as against_people,
        coalesce(list(judge order by judge) filter (where verdict <> preference), []) as dissenters
    from said
    join consensus_pairs using (pair_id)
    where preference is not null
    group by pair_id, preference
)
select
    counted.pair_id, raw_pairs.clip_id, counted.preference, counted.judges, counted.say_a1, counted.say_a2,
    counted.say_same, counted.against_people,
    100.0 * (1 - greatest(counted.say_a1, counted.say_a2, counted.say_same) / counted.judges) as split_percent,
    counted.dissenters, raw_pairs.a1, raw_pairs.a2
from counted
join raw_pairs using (pair_id)
where greatest(counted.say_a1, counted.say_a2, counted.say_same) < counted.judges or counted.against_people > 0;
comment on view disagreements is 'One row a labelled pair on which at least one judge differs from another or from people. Key: pair_id.';
comment on column disagreements.pair_id is 'The pair';
comment on column disagreements.clip_id is 'Its clip';
comment on column disagreements.preference is 'The human label';
comment on column disagreements.judges is 'Judges that see or hear the clip, each at its best strategy: first round, normal order';
comment on column disagreements.say_a1 is 'Judges for a1';
comment on column disagreements.say_a2 is 'Judges for a2';
comment on column disagreements.say_same is 'Judges for same; unparsed and failed answers are read so, as the scores read them';
comment on column disagreements.against_people is 'Judges whose verdict is not the human label';
comment on column disagreements.split_percent is 'Percent of judges that are not with the commonest verdict; 0 where they agree, against people';
comment on column disagreements.dissenters is 'Judges against people, by name';
comment on column disagreements.a1 is 'First description';
comment on column disagreements.a2 is 'Second description';
