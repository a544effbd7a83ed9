-- What does a judge say beyond each baseline, what does the baseline say beyond the judge, and do both go wrong together?
create table floor_agreement (
    judge text not null,
    strategy text not null,
    floor text not null,
    pairs integer not null,
    agreement double,
    judge_odds_ratio double,
    judge_odds_ratio_low double,
    judge_odds_ratio_high double,
    floor_odds_ratio double,
    floor_odds_ratio_low double,
    floor_odds_ratio_high double,
    primary key (judge, strategy, floor)
);
comment on table floor_agreement is 'One row a judge, strategy and content-blind baseline. Intervals: 95 percent, clustered by clip. Key: judge, strategy, floor.';
comment on column floor_agreement.judge is 'The judge';
comment on column floor_agreement.strategy is 's1 to s4';
comment on column floor_agreement.floor is 'The baseline';
comment on column floor_agreement.pairs is 'Decided pairs on which the baseline contradicts people';
comment on column floor_agreement.agreement is 'Percent of the judge''s verdicts there that are the baseline''s; null without such a pair';
comment on column floor_agreement.judge_odds_ratio is 'By how much the judge''s verdict a1 instead of a2 multiplies the odds that people prefer a1, given this baseline alone; 1: it adds nothing';
comment on column floor_agreement.judge_odds_ratio_low is 'Lower end of its interval; null where the judge always says the same';
comment on column floor_agreement.judge_odds_ratio_high is 'Upper end';
comment on column floor_agreement.floor_odds_ratio is 'The same of the baseline, given the judge alone';
comment on column floor_agreement.floor_odds_ratio_low is 'Lower end of its interval; null where the baseline always says the same';
comment on column floor_agreement.floor_odds_ratio_high is 'Upper end';
