-- What does the crowd say of each battle?
create table crowd_verdicts (
    pair_id text not null,
    verdict text not null,
    voters text[] not null
);
comment on table crowd_verdicts is 'One row a battle''s pair. Key: pair_id.';
comment on column crowd_verdicts.pair_id is 'The pair (battles.pair_id)';
comment on column crowd_verdicts.verdict is 'a1, a2 or same, by the ensemble that table crowd offers, its weights fitted on all labelled pairs';
comment on column crowd_verdicts.voters is 'The judges that voted';
