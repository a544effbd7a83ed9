-- Who preferred what, which side stood left, and what did it take?
create table annotations (
    pair_id text not null,
    annotator text not null,
    vote text not null,
    study text,
    shown_left text,
    seconds double,
    replays integer,
    confidence double,
    reason text,
    voted_at timestamp
);
comment on table annotations is 'One row a vote. Key: pair_id, annotator.';
comment on column annotations.pair_id is 'The pair voted on';
comment on column annotations.annotator is 'Who voted';
comment on column annotations.vote is 'a1, a2 or same';
comment on column annotations.study is 'In which study; null where the files do not say, as in the columns that follow';
comment on column annotations.shown_left is 'Which of the pair''s descriptions stood left, or first: a1 or a2';
comment on column annotations.seconds is 'How long the vote took, in seconds';
comment on column annotations.replays is 'How often the clip was started again';
comment on column annotations.confidence is 'How sure the annotator was: 1 (a guess) to 3 (sure) on our page, or any number';
comment on column annotations.reason is 'Why, in the annotator''s words';
comment on column annotations.voted_at is 'When, UTC';
