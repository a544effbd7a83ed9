-- What do people say of battles between submitted systems, and how likely was each to be drawn for them?
create table human_battle_votes (
    battle_id text not null,
    pair_id text not null,
    clip_id text not null,
    system1 text not null,
    system2 text not null,
    probability double not null,
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
comment on table human_battle_votes is 'One row a vote on a battle, as in battle_votes.csv; empty without that file. Key: battle_id, annotator.';
comment on column human_battle_votes.battle_id is 'The battle (table battles)';
comment on column human_battle_votes.pair_id is 'Hash of the clip and the texts: what judges were asked about';
comment on column human_battle_votes.clip_id is 'The clip';
comment on column human_battle_votes.system1 is 'The system called a1';
comment on column human_battle_votes.system2 is 'The system called a2';
comment on column human_battle_votes.probability is 'With which the battle was drawn for people, of the battles of its two systems: 0 to 1; its inverse is the Horvitz-Thompson weight';
comment on column human_battle_votes.annotator is 'Who voted';
comment on column human_battle_votes.vote is 'a1, a2 or same';
comment on column human_battle_votes.study is 'In which study; null where the file does not say, as in the columns that follow';
comment on column human_battle_votes.shown_left is 'Which of the descriptions stood left, or first: a1 or a2';
comment on column human_battle_votes.seconds is 'How long the vote took, in seconds';
comment on column human_battle_votes.replays is 'How often the clip was started again';
comment on column human_battle_votes.confidence is 'How sure the annotator was: 1 (a guess) to 3 (sure) on our page, or any number';
comment on column human_battle_votes.reason is 'Why, in the annotator''s words';
comment on column human_battle_votes.voted_at is 'When, UTC';
