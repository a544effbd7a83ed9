-- On which pairs do people agree, and on what?
create table consensus_pairs (
    pair_id text not null,
    clip_id text not null,
    preference text,
    provenance text not null,
    votes integer,
    position integer not null
);
comment on table consensus_pairs is 'One row a pair that judges are asked about. Key: pair_id.';
comment on column consensus_pairs.pair_id is 'The pair';
comment on column consensus_pairs.clip_id is 'Its clip';
comment on column consensus_pairs.preference is 'The human label: a1, a2 or same; null in a data set without any label';
comment on column consensus_pairs.provenance is 'Where the label comes from: unanimous, majority, single (one vote), published, or unlabelled';
comment on column consensus_pairs.votes is 'Qualified votes behind the label; null where it was published without votes';
comment on column consensus_pairs.position is 'Row in the file, from 1';
