-- Which judge is worth using, beside baselines, people and the paper?
create table judge_board (
    rank integer,
    rank_low integer,
    rank_high integer,
    tier text,
    judge text not null,
    kind text not null,
    strategy text,
    waf_2class double,
    waf_2class_std double,
    waf_2class_low double,
    waf_2class_high double,
    nested_waf_2class double,
    optimism double,
    acc_2class double,
    waf_3class double,
    acc_3class double,
    swap_consistency double,
    gain_over_baseline double,
    gain_over_baseline_low double,
    gain_over_baseline_high double,
    odds_ratio double,
    odds_ratio_low double,
    odds_ratio_high double,
    balanced_score double,
    follows_shortcut boolean,
    tied_with text[],
    equivalent_to text[],
    same_rate double,
    unparsed_rate double,
    failed_rate double,
    p_options double,
    thinking_rate double,
    cut_rate double,
    read_otherwise_rate double,
    injection_rate double,
    uses_picture text,
    uses_sound text,
    no_vote text,
    published_strategy text,
    published_waf_2class double,
    published_acc_2class double,
    source text
);
comment on table judge_board is 'One row a judge at its best strategy (by waf_2class), and one for the best baseline. Key: judge.';
comment on column judge_board.rank is 'By waf_2class, of the judges and the best baseline; null for everybody else';
comment on column judge_board.rank_low is 'Best rank left open: 1 more than there are judges that are significantly better (table judge_ranks)';
comment on column judge_board.rank_high is 'Worst rank left open';
comment on column judge_board.tier is 'Letters: two judges share one if and only if they do not differ significantly';
comment on column judge_board.judge is 'The judge, or `best baseline` (named in the column source)';
comment on column judge_board.kind is 'judge, baseline (content-blind), or left out: more than a fifth of its answers failed or unparsed, or a check of them failed (table judge_checks)';
comment on column judge_board.strategy is 'Best strategy on this data set that counts (table board_strategies): chosen on the pairs it is scored on';
comment on column judge_board.waf_2class is 'Two-class weighted F1, percent';
comment on column judge_board.waf_2class_std is 'Population standard deviation over rounds';
comment on column judge_board.waf_2class_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column judge_board.waf_2class_high is 'Upper end';
comment on column judge_board.nested_waf_2class is 'The same with the strategy chosen on other clips (table judge_nested)';
comment on column judge_board.optimism is 'waf_2class less nested_waf_2class, in points';
comment on column judge_board.acc_2class is 'Two-class accuracy, percent';
comment on column judge_board.waf_3class is 'Three-class weighted F1, percent';
comment on column judge_board.acc_3class is 'Three-class accuracy, percent';
comment on column judge_board.swap_consistency is 'Percent of equal verdicts in both orders';
comment on column judge_board.gain_over_baseline is 'waf_2class less that of the best baseline, in points; conservative, because that is the best of several on these same pairs';
comment on column judge_board.gain_over_baseline_low is 'Lower end of its 95 percent interval, simultaneous with those of all comparisons (table judge_differences); null for content-blind judges and who is left out';
comment on column judge_board.gain_over_baseline_high is 'Upper end';
comment on column judge_board.odds_ratio is 'By how much its verdict a1 instead of a2 multiplies the odds that people prefer a1, given all baselines; 1: it adds nothing (table judge_audit)';
comment on column judge_board.odds_ratio_low is 'Lower end of its 95 percent interval, clustered by clip: above 1 is information beyond the baselines';
comment on column judge_board.odds_ratio_high is 'Upper end';
comment on column judge_board.balanced_score is 'Mean accuracy on the stereotype slice and on the rest; 50 for the dominant shortcut and for chance';
comment on column judge_board.follows_shortcut is 'True where odds_ratio is not shown to be above 1, and for what sees no media; null where nothing could be tested';
comment on column judge_board.tied_with is 'Judges from which it does not differ significantly (table judge_differences), best first; `best baseline` among them';
comment on column judge_board.equivalent_to is 'Those of them to which it is shown to be equal within 5 points';
comment on column judge_board.same_rate is 'Percent of verdicts same';
comment on column judge_board.unparsed_rate is 'Percent of replies that name no option';
comment on column judge_board.failed_rate is 'Percent of questions without an answer';
comment on column judge_board.p_options is 'Median share of all probability that a1, a2 and same hold together; null where replies are read. Near 0 the judge would say something else';
comment on column judge_board.thinking_rate is 'Percent of read replies with thoughts, which are taken out before the paper''s rule is applied; null where none is read';
comment on column judge_board.cut_rate is 'Percent of read replies that were cut at max_new_tokens: they decide nothing; null where none is read';
comment on column judge_board.read_otherwise_rate is 'Percent of replies that a careful reader takes to say something else than the paper''s rule (strict_verdict); null where none is read';
comment on column judge_board.injection_rate is 'Percent of planted battles in which it obeyed a hidden instruction (table probe_scores); null where it was not asked';
comment on column judge_board.uses_picture is 'shown: it gets worse with another clip''s picture (table media_use); no difference: it does not, on clips enough to find a loss of 10 points; not shown: too few clips to say; null where it takes no video or was not asked';
comment on column judge_board.uses_sound is 'The same of the sound';
comment on column judge_board.no_vote is 'Why it does not vote in the crowd; null where it may';
comment on column judge_board.published_strategy is 'Best strategy in the table of published scores';
comment on column judge_board.published_waf_2class is 'Published two-class weighted F1';
comment on column judge_board.published_acc_2class is 'Published two-class accuracy';
comment on column judge_board.source is 'Where the figures of the row come from';
