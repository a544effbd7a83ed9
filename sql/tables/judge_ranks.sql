-- Which ranks and ties do the clips leave open on the board of judges?
create table judge_ranks (
    judge text not null,
    rank integer not null,
    rank_low integer not null,
    rank_high integer not null,
    tier text not null,
    tied_with text[] not null,
    equivalent_to text[] not null,
    gain_over_baseline_low double,
    gain_over_baseline_high double
);
comment on table judge_ranks is 'One row a judge of table judge_differences, from whose rows alone all columns follow. Key: judge.';
comment on column judge_ranks.judge is 'The judge, or `best baseline`';
comment on column judge_ranks.rank is 'By waf_2class';
comment on column judge_ranks.rank_low is 'Best rank left open: 1 more than there are judges that are significantly better (Mogstad et al. 2024)';
comment on column judge_ranks.rank_high is 'Worst rank left open: as many as are ranked, less those that are significantly worse';
comment on column judge_ranks.tier is 'Letters: two judges share one if and only if they do not differ significantly (Piepho 2004)';
comment on column judge_ranks.tied_with is 'Judges from which it does not differ significantly, best first';
comment on column judge_ranks.equivalent_to is 'Those of them to which it is shown to be equal within 5 points';
comment on column judge_ranks.gain_over_baseline_low is 'Lower end of the simultaneous 95 percent interval of its waf_2class less that of the best baseline; null for that one itself';
comment on column judge_ranks.gain_over_baseline_high is 'Upper end';
