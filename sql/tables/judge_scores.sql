-- How well does each judge do under each strategy?
create table judge_scores (
    judge text not null,
    strategy text not null,
    waf_2class double,
    waf_2class_std double,
    waf_2class_low double,
    waf_2class_high double,
    acc_2class double,
    acc_2class_std double,
    acc_2class_low double,
    acc_2class_high double,
    waf_3class double,
    waf_3class_std double,
    waf_3class_low double,
    waf_3class_high double,
    acc_3class double,
    acc_3class_std double,
    acc_3class_low double,
    acc_3class_high double,
    swap_consistency double,
    swap_consistency_std double,
    swap_consistency_low double,
    swap_consistency_high double,
    rounds integer not null,
    pairs integer not null,
    pairs_2class integer not null,
    same integer not null,
    unparsed integer not null,
    failed integer not null,
    verdicts integer not null,
    refused boolean not null
);
comment on table judge_scores is 'One row a judge and strategy, by the rules of the EmoPrefer paper (arXiv 2507.04278), in percent. Key: judge, strategy.';
comment on column judge_scores.judge is 'The judge';
comment on column judge_scores.strategy is 's1 to s4';
comment on column judge_scores.waf_2class is 'Weighted F1 on pairs that people do not call same; the judge''s same counts as a1. Mean over rounds, normal order';
comment on column judge_scores.waf_2class_std is 'Population standard deviation over rounds';
comment on column judge_scores.waf_2class_low is 'Lower end of its 95 percent interval by clip; repetitions that differ as a whole widen it';
comment on column judge_scores.waf_2class_high is 'Upper end';
comment on column judge_scores.acc_2class is 'Accuracy on the same pairs by the same rule';
comment on column judge_scores.acc_2class_std is 'Population standard deviation over rounds';
comment on column judge_scores.acc_2class_low is 'Lower end of its 95 percent interval by clip; repetitions that differ as a whole widen it';
comment on column judge_scores.acc_2class_high is 'Upper end';
comment on column judge_scores.waf_3class is 'Weighted F1 on all pairs with three labels';
comment on column judge_scores.waf_3class_std is 'Population standard deviation over rounds';
comment on column judge_scores.waf_3class_low is 'Lower end of its 95 percent interval by clip; repetitions that differ as a whole widen it';
comment on column judge_scores.waf_3class_high is 'Upper end';
comment on column judge_scores.acc_3class is 'Accuracy on all pairs with three labels';
comment on column judge_scores.acc_3class_std is 'Population standard deviation over rounds';
comment on column judge_scores.acc_3class_low is 'Lower end of its 95 percent interval by clip; repetitions that differ as a whole widen it';
comment on column judge_scores.acc_3class_high is 'Upper end';
comment on column judge_scores.swap_consistency is 'Percent of pairs with the same verdict in both orders; null without a swapped run';
comment on column judge_scores.swap_consistency_std is 'Population standard deviation over rounds';
comment on column judge_scores.swap_consistency_low is 'Lower end of its 95 percent interval by clip; repetitions that differ as a whole widen it';
comment on column judge_scores.swap_consistency_high is 'Upper end';
comment on column judge_scores.rounds is 'Rounds scored';
comment on column judge_scores.pairs is 'Labelled pairs';
comment on column judge_scores.pairs_2class is 'Labelled pairs that people do not call same';
comment on column judge_scores.same is 'Verdicts same, over both orders and all rounds';
comment on column judge_scores.unparsed is 'Replies that name none of a1, a2, same; the paper''s rule reads them as same';
comment on column judge_scores.failed is 'Questions without an answer; scored as same';
comment on column judge_scores.verdicts is 'All verdicts, over both orders and all rounds';
comment on column judge_scores.refused is 'True where more than a fifth of them is failed or unparsed: the strategy is not chosen, on the board or in a fold, unless the judge has no other';
