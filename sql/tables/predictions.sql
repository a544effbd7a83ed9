-- Which description does each judge prefer, under each strategy?
create table predictions (
    judge text not null,
    strategy text not null,
    round integer not null,
    swapped boolean not null,
    pair_id text not null,
    verdict text not null,
    p_a1 double,
    p_a2 double,
    p_same double,
    p_options double,
    p_a1_both_orders double,
    strict_verdict text,
    raw_text text,
    thoughts text,
    cut boolean,
    failure text,
    read_by text not null
);
comment on table predictions is 'One row a judge, strategy, round, order and pair. Key: judge, strategy, round, swapped, pair_id.';
comment on column predictions.judge is 'The judge';
comment on column predictions.strategy is 's1 to s5: the strategy that was asked';
comment on column predictions.round is 'Repetition, from 0';
comment on column predictions.swapped is 'True where a1 and a2 were exchanged in the question';
comment on column predictions.pair_id is 'The pair';
comment on column predictions.verdict is 'a1, a2, same, unparsed or failed, by the paper''s rule, in the pair''s own frame';
comment on column predictions.p_a1 is 'Probability of a1 in the pair''s own frame; null where the judge gives none';
comment on column predictions.p_a2 is 'Probability of a2 in the pair''s own frame';
comment on column predictions.p_same is 'Probability of same';
comment on column predictions.p_options is 'Share of all probability that a1, a2 and same hold together, before p_a1, p_a2 and p_same were made to add up to 1; null where no options were scored';
comment on column predictions.p_a1_both_orders is 'Probability of a1 against a2 by the mean of both orders'' log-odds; null without both';
comment on column predictions.strict_verdict is 'What a careful reader takes the reply to say; null where no reply was read';
comment on column predictions.raw_text is 'The reply without its thoughts, in the frame of the question; null where nothing was generated';
comment on column predictions.thoughts is 'What the judge wrote before the reply, as it thought; null where it did not';
comment on column predictions.cut is 'True where the reply was cut at max_new_tokens, and so decides nothing; null of rules and recordings';
comment on column predictions.failure is 'Why there is no answer; null where there is one';
comment on column predictions.read_by is 'How the verdict was read: rule, recorded, options (log-probabilities), reply (text), information (s5), similarity (embeddings), or empty: a description is, so it lost and no model was asked';
