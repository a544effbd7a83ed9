-- What is a judge's best strategy worth on pairs that did not choose it?
create table judge_nested (
    judge text not null,
    strategies integer not null,
    waf_2class double,
    nested_waf_2class double,
    nested_low double,
    nested_high double,
    optimism double
);
comment on table judge_nested is 'One row a judge. Strategy chosen on nine tenths of the clips, scored on the last (Varma and Simon 2006). Key: judge.';
comment on column judge_nested.judge is 'The judge';
comment on column judge_nested.strategies is 'Strategies to choose from: those that table judge_scores does not refuse, or all where it refuses each';
comment on column judge_nested.waf_2class is 'The paper''s figure: best strategy chosen on the pairs that are scored';
comment on column judge_nested.nested_waf_2class is 'Strategy chosen on the other folds, by clip';
comment on column judge_nested.nested_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column judge_nested.nested_high is 'Upper end';
comment on column judge_nested.optimism is 'waf_2class less nested_waf_2class, in points';
