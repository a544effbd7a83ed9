-- How does the external model compare the two descriptions with the judge''s, before it answers under s4?
create table reasonings (
    judge text not null,
    round integer not null,
    swapped boolean not null,
    pair_id text not null,
    reasoning text,
    thoughts text,
    cut boolean,
    failure text
);
comment on table reasonings is 'One row a judge, round, order and pair; empty for judges without an external model. Key: judge, round, swapped, pair_id.';
comment on column reasonings.judge is 'The judge whose description is compared with';
comment on column reasonings.round is 'Repetition, from 0';
comment on column reasonings.swapped is 'True where a1 and a2 were exchanged in the question';
comment on column reasonings.pair_id is 'The pair';
comment on column reasonings.reasoning is 'The comparison, in the frame of the question';
comment on column reasonings.thoughts is 'What the model wrote before it, as it thought; null where it did not';
comment on column reasonings.cut is 'True where it was cut at max_new_tokens';
comment on column reasonings.failure is 'Why there is none; null where there is one';
