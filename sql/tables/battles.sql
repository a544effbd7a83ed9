-- Which descriptions of which clip are put against each other for the leaderboard?
create table battles (
    battle_id text not null,
    pair_id text not null,
    clip_id text not null,
    system1 text not null,
    a1 text not null,
    system2 text not null,
    a2 text not null,
    chosen_by text not null,
    batch integer not null
);
comment on table battles is 'One row a clip and two systems, beside the labelled pairs of the data set. Key: battle_id.';
comment on column battles.battle_id is 'Short hash of the clip and the two systems; of the pair, where it is the data set''s own';
comment on column battles.pair_id is 'Short hash of the clip and the texts: what judges are asked about; equal texts share it';
comment on column battles.clip_id is 'The clip';
comment on column battles.system1 is 'The system called a1; drawn at random, but as in the data set where the pair is its own';
comment on column battles.a1 is 'Its description';
comment on column battles.system2 is 'The system called a2';
comment on column battles.a2 is 'Its description';
comment on column battles.chosen_by is 'uniform (a new system''s budget), adaptive (a round, with what it drew evenly), full (round robin), or contested (a pair of the data set without a label)';
comment on column battles.batch is 'Number of the choice that it came with, from 1; 0 for contested';
