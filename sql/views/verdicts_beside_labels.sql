-- Question: pair by pair, what do people and judges say?
-- Grain: Predictions with the human label and both descriptions. Key: judge, strategy, round, swapped, pair_id.
-- Columns: judge, strategy, round, swapped, pair_id, clip_id, system1, system2, preference, verdict, agrees, a1, a2,
--   raw_text.
create or replace view verdicts_beside_labels as
select
    predictions.judge, predictions.strategy, predictions.round, predictions.swapped, predictions.pair_id,
    consensus_pairs.clip_id, raw_pairs.system1, raw_pairs.system2,
    consensus_pairs.preference, predictions.verdict,
    predictions.verdict = consensus_pairs.preference as agrees,
    raw_pairs.a1, raw_pairs.a2, predictions.raw_text
from predictions
join consensus_pairs using (pair_id)
join raw_pairs using (pair_id);
comment on view verdicts_beside_labels is 'Predictions with the human label and both descriptions. Key: judge, strategy, round, swapped, pair_id.';
comment on column verdicts_beside_labels.judge is 'The judge';
comment on column verdicts_beside_labels.strategy is 's1 to s5';
comment on column verdicts_beside_labels.round is 'Repetition, from 0';
comment on column verdicts_beside_labels.swapped is 'True where a1 and a2 were exchanged in the question';
comment on column verdicts_beside_labels.pair_id is 'The pair';
comment on column verdicts_beside_labels.clip_id is 'Its clip';
comment on column verdicts_beside_labels.system1 is 'System that wrote a1; null where not published';
comment on column verdicts_beside_labels.system2 is 'System that wrote a2';
comment on column verdicts_beside_labels.preference is 'The human label; null without one';
comment on column verdicts_beside_labels.verdict is 'The judge''s, in the pair''s own frame';
comment on column verdicts_beside_labels.agrees is 'Whether they are the same; null without a label';
comment on column verdicts_beside_labels.a1 is 'First description';
comment on column verdicts_beside_labels.a2 is 'Second description';
comment on column verdicts_beside_labels.raw_text is 'The reply without its thoughts, in the frame of the question';
