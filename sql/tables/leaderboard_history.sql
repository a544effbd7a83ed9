-- What did the leaderboard say after each evaluation, and what made it so?
create table leaderboard_history (
    evaluation integer not null,
    made_at timestamp not null,
    board text not null,
    source text not null,
    system text not null,
    state text not null,
    component integer,
    rank integer,
    rating double,
    ci_low double,
    ci_high double,
    battles double not null,
    made_from text not null
);
comment on table leaderboard_history is 'One row an evaluation that changed the leaderboard, source and system. Key: evaluation, source, system.';
comment on column leaderboard_history.evaluation is 'From 1, in order';
comment on column leaderboard_history.made_at is 'When, UTC';
comment on column leaderboard_history.board is 'Hash of the whole leaderboard';
comment on column leaderboard_history.source is 'Whose verdicts';
comment on column leaderboard_history.system is 'The system';
comment on column leaderboard_history.state is 'ranked, quarantined or disqualified';
comment on column leaderboard_history.component is 'Connected component of the comparison graph';
comment on column leaderboard_history.rank is 'Rank within source and component';
comment on column leaderboard_history.rating is 'Rating, Elo scale';
comment on column leaderboard_history.ci_low is 'Lower end of its 95 percent interval';
comment on column leaderboard_history.ci_high is 'Upper end';
comment on column leaderboard_history.battles is 'Battles judged';
comment on column leaderboard_history.made_from is 'JSON: newest submissions, judges that vote with the version of their answers, data set, settings, code';
