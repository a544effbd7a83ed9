-- On which kinds of pairs is a judge right less often?
create table judge_heterogeneity (
    judge text not null,
    strategy text not null,
    grouping_by text not null,
    subgroup text not null,
    pairs integer not null,
    clips integer not null,
    acc_2class double not null,
    acc_2class_low double,
    acc_2class_high double,
    all_low double,
    all_high double,
    worst boolean not null,
    waf_2class double
);
comment on table judge_heterogeneity is 'One row a judge at its strategy on the board, grouping and subgroup of the decided pairs; a grouping with one subgroup has no rows. Key: judge, grouping_by, subgroup.';
comment on column judge_heterogeneity.judge is 'The judge';
comment on column judge_heterogeneity.strategy is 'Its strategy on the board';
comment on column judge_heterogeneity.grouping_by is '`systems`: who wrote the two descriptions, of the 50 pairs of systems with the most pairs; `length`: by what factor one description has more characters than the other, in thirds of the pairs; or a column of clips.csv with at most 12 values, such as emotion (view judge_by_group)';
comment on column judge_heterogeneity.subgroup is 'The two systems, the factors from which and to which, or the value in the clip''s column';
comment on column judge_heterogeneity.pairs is 'Pairs of the subgroup that people do not call the same';
comment on column judge_heterogeneity.clips is 'Their clips';
comment on column judge_heterogeneity.acc_2class is 'Two-class accuracy on them, over all rounds, percent';
comment on column judge_heterogeneity.acc_2class_low is 'Lower end of its own 95 percent interval: Wilson''s, clustered by clip (Korn and Graubard 1998); null with fewer than 5 clips';
comment on column judge_heterogeneity.acc_2class_high is 'Upper end';
comment on column judge_heterogeneity.all_low is 'Lower end of the simultaneous interval: those of all subgroups of the judge and grouping hold together with 95 percent (Bonferroni), so that it holds for the worst, too, which was chosen for its score';
comment on column judge_heterogeneity.all_high is 'Upper end';
comment on column judge_heterogeneity.worst is 'True for the subgroup with the lowest accuracy of those with an interval, the first of equals';
comment on column judge_heterogeneity.waf_2class is 'Two-class weighted F1 on them, mean over rounds, percent; it depends on how often a1 is right there';
