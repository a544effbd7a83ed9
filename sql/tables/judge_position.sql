-- How much does a judge's answer depend on which description comes first, and what can be won back?
create table judge_position (
    judge text not null,
    strategy text not null,
    first_share double,
    first_low double,
    first_high double,
    flip_rate double,
    tie_change_rate double,
    waf_2class double,
    waf_centred double,
    waf_averaged double,
    waf_both_orders_vote double
);
comment on table judge_position is 'One row a judge and strategy with a swapped run. Key: judge, strategy.';
comment on column judge_position.judge is 'The judge';
comment on column judge_position.strategy is 's1 to s4';
comment on column judge_position.first_share is 'Percent of a1 and a2 answers, both orders, that name the description that came first; 50 without position bias';
comment on column judge_position.first_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column judge_position.first_high is 'Upper end';
comment on column judge_position.flip_rate is 'Percent of pairs with opposite verdicts in the two orders';
comment on column judge_position.tie_change_rate is 'Percent of pairs that are same in one order only; with flip_rate and swap consistency it sums to 100';
comment on column judge_position.waf_2class is 'Two-class weighted F1, normal order';
comment on column judge_position.waf_centred is 'Normal order, after subtracting the position bias in log-odds: the median over pairs of half of normal less swapped; null without probabilities';
comment on column judge_position.waf_averaged is 'By the mean of both orders'' log-odds of a1 over a2; null without probabilities';
comment on column judge_position.waf_both_orders_vote is 'By the vote of both orders; opposite verdicts are same';
