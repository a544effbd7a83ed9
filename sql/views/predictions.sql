-- Question: what did every judge answer, whatever the strategy?
-- Grain: All strategies' predictions. Key: judge, strategy, round, swapped, pair_id.
-- Columns: judge, strategy, round, swapped, pair_id, verdict, p_a1, p_a2, p_same, p_a1_both_orders, strict_verdict,
--   raw_text, failure, read_by.
create or replace view predictions as
select * from s1_predictions
union all by name
select * from s2_predictions
union all by name
select * from s3_predictions
union all by name
select * from s4_predictions
union all by name
select * from s5_predictions;
comment on view predictions is 'All strategies'' predictions. Key: judge, strategy, round, swapped, pair_id.';
comment on column predictions.judge is 'The judge';
comment on column predictions.strategy is 's1 to s5';
comment on column predictions.round is 'Repetition, from 0';
comment on column predictions.swapped is 'True where a1 and a2 were exchanged in the question';
comment on column predictions.pair_id is 'The pair';
comment on column predictions.verdict is 'a1, a2, same, unparsed or failed, by the paper''s rule, in the pair''s own frame';
comment on column predictions.p_a1 is 'Probability of a1 in the pair''s own frame; null where the judge gives none';
comment on column predictions.p_a2 is 'Probability of a2';
comment on column predictions.p_same is 'Probability of same';
comment on column predictions.p_a1_both_orders is 'Probability of a1 against a2 by the mean of both orders'' log-odds; null without both';
comment on column predictions.strict_verdict is 'What a careful reader takes the reply to say; null where no reply was read';
comment on column predictions.raw_text is 'The reply as it came, in the frame of the question; null where nothing was generated';
comment on column predictions.failure is 'Why there is no answer; null where there is one';
comment on column predictions.read_by is 'How the verdict was read: rule, recorded, options, reply or information';
