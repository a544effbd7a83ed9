-- What does a judge say beyond each baseline, what does the baseline say beyond the judge, and do both go wrong together?
create table baseline_agreement (
    judge text not null,
    strategy text not null,
    baseline text not null,
    pairs integer not null,
    agreement double,
    judge_odds_ratio double,
    judge_odds_ratio_low double,
    judge_odds_ratio_high double,
    baseline_odds_ratio double,
    baseline_odds_ratio_low double,
    baseline_odds_ratio_high double
);
comment on table baseline_agreement is 'One row a judge, strategy and content-blind baseline. Intervals: 95 percent, clustered by clip. Key: judge, strategy, baseline.';
comment on column baseline_agreement.judge is 'The judge';
comment on column baseline_agreement.strategy is 's1 to s4';
comment on column baseline_agreement.baseline is 'The baseline';
comment on column baseline_agreement.pairs is 'Decided pairs on which the baseline contradicts people';
comment on column baseline_agreement.agreement is 'Percent of the judge''s verdicts there that are the baseline''s; null without such a pair';
comment on column baseline_agreement.judge_odds_ratio is 'By how much the judge''s verdict a1 instead of a2 multiplies the odds that people prefer a1, given this baseline alone; 1: it adds nothing';
comment on column baseline_agreement.judge_odds_ratio_low is 'Lower end of its interval; null where the judge always says the same';
comment on column baseline_agreement.judge_odds_ratio_high is 'Upper end';
comment on column baseline_agreement.baseline_odds_ratio is 'The same of the baseline, given the judge alone';
comment on column baseline_agreement.baseline_odds_ratio_low is 'Lower end of its interval; null where the baseline always says the same';
comment on column baseline_agreement.baseline_odds_ratio_high is 'Upper end';
