-- How does each judge describe each clip, before it judges under s2, s3 and s4?
create table descriptions (
    judge text not null,
    round integer not null,
    clip_id text not null,
    description text,
    thoughts text,
    cut boolean,
    failure text
);
comment on table descriptions is 'One row a judge, round and clip; empty for judges that describe nothing. Key: judge, round, clip_id.';
comment on column descriptions.judge is 'The judge';
comment on column descriptions.round is 'Repetition, from 0; a greedy description is the same in each';
comment on column descriptions.clip_id is 'The clip';
comment on column descriptions.description is 'The judge''s own words';
comment on column descriptions.thoughts is 'What the model wrote before it, as it thought; null where it did not';
comment on column descriptions.cut is 'True where it was cut at max_new_tokens';
comment on column descriptions.failure is 'Why there is no description; null where there is one';
