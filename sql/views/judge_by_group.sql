-- Question: how often is each judge right by emotion, speaker, or whatever clips.csv says of a clip?
-- Grain: One row a judge at its best strategy, column of clips.csv and value in it. Key: judge, clip_column, value.
-- Columns: judge, strategy, clip_column, value, pairs, clips, acc_2class, acc_2class_low, acc_2class_high, all_low, all_high,
--   waf_2class.
create or replace view judge_by_group as
select
    judge, strategy, grouping_by as clip_column, subgroup as value, pairs, clips,
    acc_2class, acc_2class_low, acc_2class_high, all_low, all_high, waf_2class
from judge_heterogeneity
where grouping_by not in ('systems', 'length');
comment on view judge_by_group is 'One row a judge at its best strategy, column of clips.csv and value in it. Key: judge, clip_column, value.';
comment on column judge_by_group.judge is 'The judge';
comment on column judge_by_group.strategy is 'Its best strategy';
comment on column judge_by_group.clip_column is 'The column: any with 2 to 12 values on the decided pairs and two clips a value';
comment on column judge_by_group.value is 'What stands in it';
comment on column judge_by_group.pairs is 'Pairs of such clips that people do not call the same';
comment on column judge_by_group.clips is 'Their clips';
comment on column judge_by_group.acc_2class is 'Two-class accuracy on them, over all rounds, percent';
comment on column judge_by_group.acc_2class_low is 'Lower end of its 95 percent interval by clip; null with fewer than 5 clips';
comment on column judge_by_group.acc_2class_high is 'Upper end';
comment on column judge_by_group.all_low is 'Lower end of the interval that holds for all values of the column together';
comment on column judge_by_group.all_high is 'Upper end';
comment on column judge_by_group.waf_2class is 'Two-class weighted F1 on them, mean over rounds, percent';
