-- Question: does each judge score here what was published of it?
-- Grain: One row a judge, strategy and metric. Key: judge, strategy, metric.
-- Columns: judge, published_as, strategy, metric, place, published, ours, difference, ours_low, ours_high,
--   published_lies_within, rounds.
create or replace view published_beside_ours as
with
ours as (
    select judge, strategy, rounds, unnest([
       {metric: 'waf_2class', place: 1, ours: waf_2class, low: waf_2class_low, high: waf_2class_high},
       {metric: 'acc_2class', place: 2, ours: acc_2class, low: acc_2class_low, high: acc_2class_high},
       {metric: 'waf_3class', place: 3, ours: waf_3class, low: waf_3class_low, high: waf_3class_high},
       {metric: 'acc_3class', place: 4, ours: acc_3class, low: acc_3class_low, high: acc_3class_high},
       {metric: 'swap_consistency', place: 5, ours: swap_consistency, low: swap_consistency_low, high: swap_consistency_high}
    ], recursive := true)
    from judge_scores
),
published as (
    select judge as published_as, strategy, unnest([
       {metric: 'waf_2class', published: waf_2class},
       {metric: 'acc_2class', published: acc_2class},
       {metric: 'waf_3class', published: waf_3class},
       {metric: 'acc_3class', published: acc_3class},
       {metric: 'swap_consistency', published: swap_consistency}
    ], recursive := true)
    from published_scores
)
select
    ours.judge, judges.published_as, ours.strategy, ours.metric, ours.place, published.published, ours.ours,
    ours.ours - published.published as difference, ours.low as ours_low, ours.high as ours_high,
    published.published between ours.low - 0.005 and ours.high + 0.005 as published_lies_within,
    ours.rounds
from ours
join judges using (judge)
left join published using (published_as, strategy, metric);
comment on view published_beside_ours is 'One row a judge, strategy and metric. Key: judge, strategy, metric.';
comment on column published_beside_ours.judge is 'The judge';
comment on column published_beside_ours.published_as is 'Its name in the table of published scores';
comment on column published_beside_ours.strategy is 's1 to s5';
comment on column published_beside_ours.metric is 'waf_2class, acc_2class, waf_3class, acc_3class or swap_consistency';
comment on column published_beside_ours.place is 'Of the metric in the paper''s table, from 1';
comment on column published_beside_ours.published is 'The published figure, percent; null where none is published at this strategy';
comment on column published_beside_ours.ours is 'The same figure of the predictions here, mean over rounds';
comment on column published_beside_ours.difference is 'ours less published, in points';
comment on column published_beside_ours.ours_low is 'Lower end of the 95 percent interval of ours, clips resampled';
comment on column published_beside_ours.ours_high is 'Upper end';
comment on column published_beside_ours.published_lies_within is 'True where the published figure lies within that interval, half a unit of its last printed digit allowed';
comment on column published_beside_ours.rounds is 'Rounds scored';
