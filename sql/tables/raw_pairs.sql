-- Which two descriptions of which clip are compared?
create table raw_pairs (
    pair_id text not null,
    clip_id text not null,
    system1 text,
    a1 text not null,
    system2 text,
    a2 text not null,
    published_preference text,
    position integer not null
);
comment on table raw_pairs is 'One row a pair, as in the files. Key: pair_id.';
comment on column raw_pairs.pair_id is 'Hash of (clip_id, a1, a2), and of the systems too where an earlier pair has the same three';
comment on column raw_pairs.clip_id is 'The clip that both describe';
comment on column raw_pairs.system1 is 'System that wrote a1; null where not published';
comment on column raw_pairs.a1 is 'First description';
comment on column raw_pairs.system2 is 'System that wrote a2; null where not published';
comment on column raw_pairs.a2 is 'Second description';
comment on column raw_pairs.published_preference is 'Label that the files carry: a1, a2 or same; null where they carry votes or nothing';
comment on column raw_pairs.position is 'Row in the file, from 1';
