-- Does people's leaderboard get the crowd's help, and if not, why?
create table people_with_crowd (
    source text not null,
    voted integer,
    battles integer,
    worth double,
    power double,
    p_random double,
    not_shown text
);
comment on table people_with_crowd is 'One row where there are people and a crowd, else none (prediction-powered inference, Angelopoulos et al. 2023). Key: source.';
comment on column people_with_crowd.source is 'people with crowd, as in leaderboard';
comment on column people_with_crowd.voted is 'Battles that both people and the crowd judged; null where that was not looked at';
comment on column people_with_crowd.battles is 'Battles of the crowd between any two systems that people compared';
comment on column people_with_crowd.worth is 'Battles that people alone would have to judge for ratings of the same mean variance';
comment on column people_with_crowd.power is 'How far the crowd is leaned on: 0 not at all, 1 fully, but for the correction by people';
comment on column people_with_crowd.p_random is 'P-value of: the crowd says the same of the battles that people voted on as of the others between the same two systems; the board is not shown below 0.01';
comment on column people_with_crowd.not_shown is 'Why the leaderboard has no such board; null where it has one';
