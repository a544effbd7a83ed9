-- What does a judge say of people's preferences that no baseline says, and how does it do against the dominant shortcut?
create table judge_audit (
    judge text not null,
    strategy text not null,
    slice_score double,
    slice_low double,
    slice_high double,
    slice_pairs integer not null,
    rest_score double,
    rest_low double,
    rest_high double,
    rest_pairs integer not null,
    balanced_score double,
    balanced_low double,
    balanced_high double,
    odds_ratio double,
    odds_ratio_low double,
    odds_ratio_high double,
    odds_ratio_given_text double,
    odds_ratio_given_text_low double,
    odds_ratio_given_text_high double,
    follows_shortcut boolean,
    baseline text,
    baseline_waf_2class double,
    baseline_waf_2class_low double,
    baseline_waf_2class_high double,
    gain_over_baseline double,
    gain_over_baseline_low double,
    gain_over_baseline_high double
);
comment on table judge_audit is 'One row a judge and strategy. Intervals: 95 percent, by clip. Key: judge, strategy.';
comment on column judge_audit.judge is 'The judge';
comment on column judge_audit.strategy is 's1 to s4';
comment on column judge_audit.slice_score is 'Two-class accuracy where people contradict the dominant shortcut (the stereotype slice), percent';
comment on column judge_audit.slice_low is 'Lower end of its interval';
comment on column judge_audit.slice_high is 'Upper end';
comment on column judge_audit.slice_pairs is 'Pairs in the slice';
comment on column judge_audit.rest_score is 'Two-class accuracy where people agree with the dominant shortcut, percent';
comment on column judge_audit.rest_low is 'Lower end of its interval';
comment on column judge_audit.rest_high is 'Upper end';
comment on column judge_audit.rest_pairs is 'Pairs outside the slice';
comment on column judge_audit.balanced_score is 'Mean of slice_score and rest_score: 50 for the shortcut itself and for chance';
comment on column judge_audit.balanced_low is 'Lower end of its interval';
comment on column judge_audit.balanced_high is 'Upper end';
comment on column judge_audit.odds_ratio is 'By how much its verdict a1 instead of a2 multiplies the odds that people prefer a1, given what every baseline says and how the lengths differ; 1: it adds nothing';
comment on column judge_audit.odds_ratio_low is 'Lower end of its interval, clustered by clip';
comment on column judge_audit.odds_ratio_high is 'Upper end';
comment on column judge_audit.odds_ratio_given_text is 'The same given only what can be seen in the texts, not who wrote them';
comment on column judge_audit.odds_ratio_given_text_low is 'Lower end of its interval';
comment on column judge_audit.odds_ratio_given_text_high is 'Upper end';
comment on column judge_audit.follows_shortcut is 'True where odds_ratio_low is not above 1, or the judge sees no media: nothing shows that it does more than a shortcut or chance. Null where there is nothing to test it on';
comment on column judge_audit.baseline is 'The best content-blind judge or baseline, by two-class weighted F1 on these pairs, of those that do not ask who wrote a text';
comment on column judge_audit.baseline_waf_2class is 'Its two-class weighted F1';
comment on column judge_audit.baseline_waf_2class_low is 'Lower end of its interval';
comment on column judge_audit.baseline_waf_2class_high is 'Upper end';
comment on column judge_audit.gain_over_baseline is 'waf_2class less baseline_waf_2class, in points; conservative, because the baseline is the best of several on these same pairs';
comment on column judge_audit.gain_over_baseline_low is 'Lower end of the paired difference''s interval';
comment on column judge_audit.gain_over_baseline_high is 'Upper end';
