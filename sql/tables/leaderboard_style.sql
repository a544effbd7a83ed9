-- Where would systems stand if their descriptions were equally long and equally full of emotion words?
create table leaderboard_style (
    source text not null,
    component integer not null,
    system text not null,
    plain_rank integer not null,
    plain_rating double not null,
    rank integer not null,
    rating double not null,
    ci_low double,
    ci_high double,
    rank_change integer not null
);
comment on table leaderboard_style is 'One row a source of verdicts and system. Bradley-Terry with style covariates (as LMArena''s style control). Key: source, system.';
comment on column leaderboard_style.source is 'Whose verdicts: human, crowd, or a judge''s name';
comment on column leaderboard_style.component is 'Connected component of the comparison graph, from 1';
comment on column leaderboard_style.system is 'The system';
comment on column leaderboard_style.plain_rank is 'Rank without covariates';
comment on column leaderboard_style.plain_rating is 'Rating without covariates';
comment on column leaderboard_style.rank is 'Rank at equal style; the plain one where no covariate is identified (table style_effects)';
comment on column leaderboard_style.rating is 'Rating at equal style, Elo scale';
comment on column leaderboard_style.ci_low is 'Lower end of its 95 percent interval, clustered by clip';
comment on column leaderboard_style.ci_high is 'Upper end';
comment on column leaderboard_style.rank_change is 'Places gained at equal style';
