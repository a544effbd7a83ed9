-- Which kinds of error does each judge see through?
create table robustness_scores (
    judge text not null,
    strategy text not null,
    error_type text not null,
    pairs integer not null,
    accuracy double,
    accuracy_low double,
    accuracy_high double,
    both_orders_right double,
    length_difference double not null,
    waf_2class double,
    swap_consistency double
);
comment on table robustness_scores is 'One row a judge, strategy and type of error. Key: judge, strategy, error_type.';
comment on column robustness_scores.judge is 'The judge; one whose recordings have no row about these pairs is absent';
comment on column robustness_scores.strategy is 's1 to s4';
comment on column robustness_scores.error_type is 'What the edit did';
comment on column robustness_scores.pairs is 'Pairs of this type';
comment on column robustness_scores.accuracy is 'Percent of verdicts, both orders and all rounds, for the unedited description; same, unparsed and failed are wrong';
comment on column robustness_scores.accuracy_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column robustness_scores.accuracy_high is 'Upper end';
comment on column robustness_scores.both_orders_right is 'Percent of pairs right in both orders; null without a swapped run';
comment on column robustness_scores.length_difference is 'Mean characters by which the unedited description is longer: an omission is won by length alone';
comment on column robustness_scores.waf_2class is 'Two-class weighted F1 in the normal order, mean over rounds, percent: a verdict same counts as a1';
comment on column robustness_scores.swap_consistency is 'Percent of pairs with the same verdict in both orders, mean over rounds; null without a swapped run';
