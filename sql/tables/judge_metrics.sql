-- What do the board metrics of plugins say of each judge under each strategy?
create table judge_metrics (
    judge text not null,
    strategy text not null,
    metric text not null,
    value double,
    low double,
    high double
);
comment on table judge_metrics is 'One row a judge, strategy and metric of a plugin; empty without plugins. Key: judge, strategy, metric.';
comment on column judge_metrics.judge is 'The judge';
comment on column judge_metrics.strategy is 'The strategy';
comment on column judge_metrics.metric is 'The metric, by the name of its function';
comment on column judge_metrics.value is 'Of the verdicts in the normal order, mean over rounds';
comment on column judge_metrics.low is 'Lower end of its 95 percent interval: percentiles over resampled clips';
comment on column judge_metrics.high is 'Upper end';
