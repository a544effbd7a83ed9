-- Question: what did each judge answer under strategy s1?
-- Grain: Strategy s1's part of predictions. Key: judge, round, swapped, pair_id.
-- Columns: judge, strategy, round, swapped, pair_id, verdict, p_a1, p_a2, p_same, p_options, p_a1_both_orders,
--   strict_verdict, raw_text, thoughts, cut, failure, read_by.
-- The view of every other strategy is made from this file, with another name.
create or replace view s1_predictions as
select * from predictions where strategy = 's1';
comment on view s1_predictions is 'Strategy s1''s part of predictions. Key: judge, round, swapped, pair_id.';
comment on column s1_predictions.judge is 'The judge';
comment on column s1_predictions.strategy is 'Always s1';
comment on column s1_predictions.round is 'Repetition, from 0';
comment on column s1_predictions.swapped is 'True where a1 and a2 were exchanged in the question';
comment on column s1_predictions.pair_id is 'The pair';
comment on column s1_predictions.verdict is 'a1, a2, same, unparsed or failed, by the paper''s rule, in the pair''s own frame';
comment on column s1_predictions.p_a1 is 'Probability of a1 in the pair''s own frame; null where the judge gives none';
comment on column s1_predictions.p_a2 is 'Probability of a2 in the pair''s own frame';
comment on column s1_predictions.p_same is 'Probability of same';
comment on column s1_predictions.p_options is 'Share of all probability that a1, a2 and same hold together, before p_a1, p_a2 and p_same were made to add up to 1; null where no options were scored';
comment on column s1_predictions.p_a1_both_orders is 'Probability of a1 against a2 by the mean of both orders'' log-odds; null without both';
comment on column s1_predictions.strict_verdict is 'What a careful reader takes the reply to say; null where no reply was read';
comment on column s1_predictions.raw_text is 'The reply without its thoughts, in the frame of the question; null where nothing was generated';
comment on column s1_predictions.thoughts is 'What the judge wrote before the reply, as it thought; null where it did not';
comment on column s1_predictions.cut is 'True where the reply was cut at max_new_tokens, and so decides nothing; null of rules and recordings';
comment on column s1_predictions.failure is 'Why there is no answer; null where there is one';
comment on column s1_predictions.read_by is 'How the verdict was read: rule, recorded, options (log-probabilities), reply (text), information (s5), similarity (embeddings), or empty: a description is, so it lost and no model was asked';
