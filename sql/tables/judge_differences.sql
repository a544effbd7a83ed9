-- Which judges really differ?
create table judge_differences (
    judge1 text not null,
    judge2 text not null,
    strategy1 text,
    strategy2 text,
    difference double not null,
    difference_low double,
    difference_high double,
    p_value double,
    significant boolean not null,
    equivalent boolean not null,
    detectable_difference double,
    discordance double,
    design_effect double
);
comment on table judge_differences is 'One row two of the judges on the board and the best baseline, better one first: one family of comparisons. Key: judge1, judge2.';
comment on column judge_differences.judge1 is 'The better one, by waf_2class';
comment on column judge_differences.judge2 is 'The other one';
comment on column judge_differences.strategy1 is 'Strategy of judge1 on the board; null for `best baseline`';
comment on column judge_differences.strategy2 is 'Strategy of judge2 on the board';
comment on column judge_differences.difference is 'waf_2class of judge1 less that of judge2, over all rounds, in points';
comment on column judge_differences.difference_low is 'Lower end of its simultaneous 95 percent interval: those of all rows hold together (max-t over resampled clips, Romano and Wolf 2005); null with a single clip';
comment on column judge_differences.difference_high is 'Upper end';
comment on column judge_differences.p_value is 'Two-sided p of no difference, adjusted for all rows of the table by the same procedure';
comment on column judge_differences.significant is 'Whether the interval leaves out 0, and p_value is at most 0.05';
comment on column judge_differences.equivalent is 'Whether the difference is shown to be smaller than 5 points: its own 90 percent interval lies within them (two one-sided tests, Schuirmann 1987)';
comment on column judge_differences.detectable_difference is 'Smallest true difference that these pairs would show to be significant with 80 percent power, in points: their standard error times the sum of the critical value of all rows (max-t) and the quantile of the power (Bloom 1995); null with a single clip';
comment on column judge_differences.discordance is 'Percent of the decided pairs on which exactly one of the two is right; over several rounds, the mean squared difference of the shares of rounds in which each is. Null for `best baseline`, whose ties count half';
comment on column judge_differences.design_effect is 'Variance of the difference of their accuracies, clustered by clip, over what it were with every pair on a clip of its own (Kish 1965); null for `best baseline`, with a single clip, and where the two never differ';
