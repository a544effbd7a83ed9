-- Which ensemble judges battles, and how good is it?
create table crowd (
    ensemble text not null,
    k integer not null,
    orders text not null,
    judges text[] not null,
    voters text[] not null,
    waf_2class double,
    waf_2class_low double,
    waf_2class_high double,
    balanced_score double,
    balanced_low double,
    balanced_high double,
    gain_over_best_judge double,
    gain_over_best_judge_low double,
    gain_over_best_judge_high double,
    gain_over_baseline double,
    gain_over_baseline_low double,
    gain_over_baseline_high double,
    rule text not null,
    not_offered text
);
comment on table crowd is 'One row: the ensemble that judges battles, fixed in advance, and its held-out scores; empty without judges. Key: ensemble.';
comment on column crowd.ensemble is 'How votes are combined';
comment on column crowd.k is 'Number of judges';
comment on column crowd.orders is 'normal, or normal+swapped';
comment on column crowd.judges is 'Judges that may vote, best first by waf_2class; each fold chooses, ranks and weighs them anew';
comment on column crowd.voters is 'Judges with a weight above 0 in battles, where all labels are known';
comment on column crowd.waf_2class is 'Held-out two-class weighted F1, percent';
comment on column crowd.waf_2class_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column crowd.waf_2class_high is 'Upper end';
comment on column crowd.balanced_score is 'Held-out mean accuracy on the stereotype slice and on the rest';
comment on column crowd.balanced_low is 'Lower end of its interval';
comment on column crowd.balanced_high is 'Upper end';
comment on column crowd.gain_over_best_judge is 'waf_2class less that of the best single judge, chosen in the same folds, in points';
comment on column crowd.gain_over_best_judge_low is 'Lower end of the paired difference''s interval';
comment on column crowd.gain_over_best_judge_high is 'Upper end';
comment on column crowd.gain_over_baseline is 'waf_2class less that of the best baseline, in points';
comment on column crowd.gain_over_baseline_low is 'Lower end of the paired difference''s interval';
comment on column crowd.gain_over_baseline_high is 'Upper end';
comment on column crowd.rule is 'Why this ensemble';
comment on column crowd.not_offered is 'Why it judges no battle: its held-out or new-stratum interval, of at least six clips, lies below the best single judge; null where it does';
