-- Question: which pairs without a label may a judge decide alone, and which does it leave to people?
-- Grain: One row a row of selective_verdicts and pair without a label. Key: judge, strategy, alpha, pair_id.
-- Columns: judge, strategy, alpha, pair_id, clip_id, probability, threshold, why.
create or replace view left_to_people as
with
-- As the threshold is calibrated: the mean of both orders' log-odds over all rounds; a failed answer counts as even.
said as (
    select
        judge, strategy, pair_id,
        avg(coalesce(ln(greatest(p_a1_both_orders, 1e-12) / greatest(1 - p_a1_both_orders, 1e-12)), 0)) as margin
    from (from predictions union all by name from battle_verdicts)
    group by judge, strategy, pair_id
    having count(p_a1_both_orders) > 0
),
voted as (
    select
        pair_id,
        concat_ws(
            ', ',
            count(*) filter (vote = 'a1') || ' a1',
            count(*) filter (vote = 'a2') || ' a2',
            count(*) filter (vote = 'same') || ' same'
        ) as votes
    from annotations
    semi join (from annotators where qualified) using (annotator)
    group by pair_id
),
unlabelled as (
    from raw_pairs anti join (from consensus_pairs where preference is not null) using (pair_id)
)
select
    selective_verdicts.judge, selective_verdicts.strategy, selective_verdicts.alpha,
    unlabelled.pair_id, unlabelled.clip_id,
    1 / (1 + exp(-abs(said.margin))) as probability,
    selective_verdicts.threshold,
    case
        when voted.votes is not null then 'people have voted, without a label: ' || voted.votes
        when selective_verdicts.threshold is null then selective_verdicts.not_reached
        when said.margin is null then 'the judge has not answered it'
        when probability < selective_verdicts.threshold
            then format('the judge is not sure: {:.3f}, below {:.3f}', probability, selective_verdicts.threshold)
    end as why
from selective_verdicts
cross join unlabelled
left join said using (judge, strategy, pair_id)
left join voted using (pair_id);
comment on view left_to_people is 'One row a row of selective_verdicts and pair without a label. Key: judge, strategy, alpha, pair_id.';
comment on column left_to_people.judge is 'The judge';
comment on column left_to_people.strategy is 's1 to s4';
comment on column left_to_people.alpha is 'The share of wrong verdicts to stay below, 0 to 1';
comment on column left_to_people.pair_id is 'The pair';
comment on column left_to_people.clip_id is 'Its clip';
comment on column left_to_people.probability is 'Of the option that the judge names, 0.5 to 1, by the mean of both orders'' log-odds over all rounds; null where it was not asked';
comment on column left_to_people.threshold is 'The judge decides alone from this probability on (table selective_verdicts); null where none was found';
comment on column left_to_people.why is 'Why people have to vote; null where the judge may decide alone. Where people have voted without a label, the judge has no say: its threshold holds for pairs like the labelled ones';
