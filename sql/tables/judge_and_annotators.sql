-- Is a judge as good as one more annotator?
create table judge_and_annotators (
    judge text not null,
    strategy text not null,
    pairs integer not null,
    judge_waf_2class double,
    judge_low double,
    judge_high double,
    annotators_waf_2class double,
    annotators_low double,
    annotators_high double,
    difference double,
    difference_low double,
    difference_high double,
    log_loss double,
    log_loss_low double,
    log_loss_high double,
    least_log_loss double,
    not_compared text
);
comment on table judge_and_annotators is 'One row a judge of the board, where there are votes; empty without. Intervals: 95 percent, clips resampled. Key: judge.';
comment on column judge_and_annotators.judge is 'The judge';
comment on column judge_and_annotators.strategy is 'Its strategy on the board';
comment on column judge_and_annotators.pairs is 'Pairs with two qualified votes or more, contested ones too';
comment on column judge_and_annotators.judge_waf_2class is 'Its weighted F1 against the majority of the annotators but one, for each of them in turn, by the two-class rule; null where not compared';
comment on column judge_and_annotators.judge_low is 'Lower end of its interval';
comment on column judge_and_annotators.judge_high is 'Upper end';
comment on column judge_and_annotators.annotators_waf_2class is 'The human ceiling: that of the annotators left out, against the same others on the same pairs';
comment on column judge_and_annotators.annotators_low is 'Lower end of its interval';
comment on column judge_and_annotators.annotators_high is 'Upper end';
comment on column judge_and_annotators.difference is 'Judge less annotators, in points, paired by clip';
comment on column judge_and_annotators.difference_low is 'Lower end of its interval';
comment on column judge_and_annotators.difference_high is 'Upper end';
comment on column judge_and_annotators.log_loss is 'Cross-entropy of its probability of a1 with the share of votes for a1 (same as half), in nats, normal order; guessing 50:50 has 0.693; null without probabilities';
comment on column judge_and_annotators.log_loss_low is 'Lower end of its interval';
comment on column judge_and_annotators.log_loss_high is 'Upper end';
comment on column judge_and_annotators.least_log_loss is 'The least that any judge can have: the entropy of the shares';
comment on column judge_and_annotators.not_compared is 'Why the judge was not compared; null where it was';
