-- How much do length and emotion words win, apart from who wrote them?
create table style_effects (
    source text not null,
    covariate text not null,
    statement text not null,
    coefficient double,
    ci_low double,
    ci_high double,
    tolerance double not null,
    clips_against integer not null,
    unit double not null
);
comment on table style_effects is 'One row a source of verdicts and covariate of style. Key: source, covariate.';
comment on column style_effects.source is 'Whose verdicts';
comment on column style_effects.covariate is 'characters, or emotion_words';
comment on column style_effects.statement is 'identified, or not identified: it cannot be told from the systems, or from a covariate that cannot';
comment on column style_effects.coefficient is 'Natural-log odds of winning for one unit more; null where not identified';
comment on column style_effects.ci_low is 'Lower end of its 95 percent interval, clustered by clip';
comment on column style_effects.ci_high is 'Upper end';
comment on column style_effects.tolerance is 'Share of its information that systems and the other covariates do not explain; identified needs 0.1';
comment on column style_effects.clips_against is 'Clips on which it points against what the two systems usually differ by; identified needs 30';
comment on column style_effects.unit is 'One standard deviation over the data set''s own descriptions, in the covariate''s own unit';
