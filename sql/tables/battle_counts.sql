-- How often did each system beat which other, on which clip, by whose verdicts?
create table battle_counts (
    source text not null,
    clip_id text not null,
    first_system text not null,
    second_system text not null,
    pair_id text not null,
    battles double not null,
    first_wins double not null,
    ties double not null
);
comment on table battle_counts is 'One row a source of verdicts, pair of descriptions and unordered pair of systems. Key: source, pair_id, first_system, second_system.';
comment on column battle_counts.source is 'Whose verdicts: human, crowd, or a judge''s name';
comment on column battle_counts.clip_id is 'The clip';
comment on column battle_counts.first_system is 'The system whose name comes first';
comment on column battle_counts.second_system is 'The other';
comment on column battle_counts.pair_id is 'The two descriptions, of which a system may have several on one clip';
comment on column battle_counts.battles is 'Battles: 1 a pair, whose weight people''s votes share, or a judge''s orders and rounds';
comment on column battle_counts.first_wins is 'Share of the verdicts that first_system won, ties as half';
comment on column battle_counts.ties is 'Share of the verdicts that are ties';
