-- Which battles with a known answer are planted for the judges?
create table canaries (
    pair_id text not null primary key,
    clip_id text not null,
    a1 text not null,
    a2 text not null,
    kind text not null,
    expected text not null
);
comment on table canaries is 'One row a planted battle. Key: pair_id.';
comment on column canaries.pair_id is 'Short hash of the clip and the texts';
comment on column canaries.clip_id is 'The clip';
comment on column canaries.a1 is 'One description';
comment on column canaries.a2 is 'The other';
comment on column canaries.kind is 'What the fair description stands against: empty, other_clip, injection (another clip''s description with an instruction to the judge) or constant (says nothing about any clip)';
comment on column canaries.expected is 'a1 or a2: the fair description';
