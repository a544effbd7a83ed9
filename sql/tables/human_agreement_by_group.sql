-- On which kinds of pairs do people agree less with each other?
create table human_agreement_by_group (
    grouping_by text not null,
    subgroup text not null,
    pairs integer not null,
    clips integer not null,
    comparisons integer not null,
    two_class double not null,
    two_class_low double,
    two_class_high double,
    all_low double,
    all_high double,
    worst boolean not null,
    three_class double not null
);
comment on table human_agreement_by_group is 'One row a grouping and subgroup of the pairs on which two qualified annotators prefer a description; a grouping with one subgroup has no rows. What a judge can hope for there: beside judge_heterogeneity. Key: grouping_by, subgroup.';
comment on column human_agreement_by_group.grouping_by is 'As in judge_heterogeneity: `systems`, `length`, or a column of clips.csv such as emotion';
comment on column human_agreement_by_group.subgroup is 'As in judge_heterogeneity';
comment on column human_agreement_by_group.pairs is 'Pairs of the subgroup with comparisons';
comment on column human_agreement_by_group.clips is 'Their clips';
comment on column human_agreement_by_group.comparisons is 'Two annotators'' votes on one pair, neither a tie';
comment on column human_agreement_by_group.two_class is 'Percent of comparisons with equal votes, as in human_agreement';
comment on column human_agreement_by_group.two_class_low is 'Lower end of its own 95 percent interval: Wilson''s, clustered by clip (Korn and Graubard 1998); null with fewer than 5 clips';
comment on column human_agreement_by_group.two_class_high is 'Upper end';
comment on column human_agreement_by_group.all_low is 'Lower end of the simultaneous interval: those of all subgroups of the grouping hold together with 95 percent (Bonferroni)';
comment on column human_agreement_by_group.all_high is 'Upper end';
comment on column human_agreement_by_group.worst is 'True for the subgroup with the least agreement of those with an interval, the first of equals';
comment on column human_agreement_by_group.three_class is 'Percent of equal votes of two annotators on one pair, ties kept';
