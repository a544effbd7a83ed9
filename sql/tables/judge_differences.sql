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
    primary key (judge1, judge2)
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
