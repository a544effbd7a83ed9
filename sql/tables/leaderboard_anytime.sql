-- Which system may be said to beat which, however often the leaderboard was looked at, and at a moment of one's choosing?
create table leaderboard_anytime (
    source text not null,
    system text not null,
    look integer not null,
    beats text[] not null,
    low_always double,
    high_always double
);
comment on table leaderboard_anytime is 'One row a system that is ranked by people, by the crowd, or by people with the crowd''s help. Repeated confidence intervals (Jennison and Turnbull 1989): look k may err in 5 percent / (k * (k + 1)), which adds up to 5 percent over all looks that there will ever be. Key: source, system.';
comment on column leaderboard_anytime.source is 'Whose verdicts';
comment on column leaderboard_anytime.system is 'The system';
comment on column leaderboard_anytime.look is 'How many different leaderboards of this source leaderboard_history has had by now';
comment on column leaderboard_anytime.beats is 'Systems of its component that it is shown to be better than, best first: over all looks and pairs of systems something is wrong in at most 5 percent of boards';
comment on column leaderboard_anytime.low_always is 'Lower end of the interval of its rating; those of all looks hold together at 95 percent';
comment on column leaderboard_anytime.high_always is 'Upper end';
