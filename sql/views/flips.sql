-- Question: on which pairs does a judge's verdict change when the order of the descriptions does?
-- Grain: One row a judge, strategy, round and labelled pair whose verdict changes. Key: judge, strategy, round, pair_id.
-- Columns: judge, strategy, round, pair_id, clip_id, preference, normal_verdict, swapped_verdict, follows, right_in.
create or replace view flips as
with
said as (
    select
        judge, strategy, round, swapped, pair_id,
        case when verdict in ('a1', 'a2') then verdict else 'same' end as verdict
    from predictions
)
select
    judge, strategy, round, pair_id, consensus_pairs.clip_id, consensus_pairs.preference,
    normal.verdict as normal_verdict, exchanged.verdict as swapped_verdict,
    case
        when 'same' in (normal.verdict, exchanged.verdict) then 'same'
        when normal.verdict = 'a1' then 'first'
        else 'second'
    end as follows,
    case preference when normal.verdict then 'normal' when exchanged.verdict then 'swapped' else 'neither' end as right_in
from said as normal
join said as exchanged using (judge, strategy, round, pair_id)
join consensus_pairs using (pair_id)
where not normal.swapped and exchanged.swapped and normal.verdict <> exchanged.verdict
    and consensus_pairs.preference is not null;
comment on view flips is 'One row a judge, strategy, round and labelled pair whose verdict changes. Key: judge, strategy, round, pair_id.';
comment on column flips.judge is 'The judge';
comment on column flips.strategy is 's1 to s5';
comment on column flips.round is 'Repetition, from 0';
comment on column flips.pair_id is 'The pair';
comment on column flips.clip_id is 'Its clip';
comment on column flips.preference is 'The human label';
comment on column flips.normal_verdict is 'With a1 first: a1, a2, or same (unparsed and failed are read so)';
comment on column flips.swapped_verdict is 'With a2 first, in the pair''s own frame';
comment on column flips.follows is 'first or second where it names what stands there in both orders; same where one order alone is a tie';
comment on column flips.right_in is 'The order in which it says what people say: normal, swapped, or neither';
