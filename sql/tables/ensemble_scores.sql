-- Do judges together beat one, and any baseline?
create table ensemble_scores (
    ensemble text not null,
    k integer not null,
    orders text not null,
    sample text not null,
    waf_2class double,
    waf_2class_std double,
    waf_2class_low double,
    waf_2class_high double,
    acc_2class double,
    waf_3class double,
    acc_3class double,
    gain_over_best_judge double,
    gain_over_best_judge_low double,
    gain_over_best_judge_high double,
    gain_over_baseline double,
    gain_over_baseline_low double,
    gain_over_baseline_high double,
    balanced_score double,
    balanced_low double,
    balanced_high double,
    rounds integer not null
);
comment on table ensemble_scores is 'One row an ensemble and sample. Intervals: 95 percent, clustered by clip. Key: ensemble, k, orders, sample.';
comment on column ensemble_scores.ensemble is 'How votes are combined: log_odds_vote (the crowd), and to compare with it majority, calibrated_panel, margin_fusion, weighted_margins, or a diagnostic: dawid_skene, glad, mace';
comment on column ensemble_scores.k is 'Number of best-ranked judges that vote';
comment on column ensemble_scores.orders is 'normal, or normal+swapped';
comment on column ensemble_scores.sample is 'in-sample; held-out: strategies, ranks and weights from other clips; new-stratum: from other pairs of systems on other clips; diagnostic: no label used, but for strategies, compared with the held-out best judge';
comment on column ensemble_scores.waf_2class is 'Two-class weighted F1, percent, mean over rounds';
comment on column ensemble_scores.waf_2class_std is 'Population standard deviation over rounds';
comment on column ensemble_scores.waf_2class_low is 'Lower end of the interval of waf_2class';
comment on column ensemble_scores.waf_2class_high is 'Upper end';
comment on column ensemble_scores.acc_2class is 'Two-class accuracy, percent';
comment on column ensemble_scores.waf_3class is 'Three-class weighted F1, percent';
comment on column ensemble_scores.acc_3class is 'Three-class accuracy, percent';
comment on column ensemble_scores.gain_over_best_judge is 'waf_2class less that of the best single judge, in points; judge and strategy chosen on the same labels as the ensemble''s weights';
comment on column ensemble_scores.gain_over_best_judge_low is 'Lower end of the paired difference''s interval';
comment on column ensemble_scores.gain_over_best_judge_high is 'Upper end';
comment on column ensemble_scores.gain_over_baseline is 'waf_2class less that of the best baseline, in points';
comment on column ensemble_scores.gain_over_baseline_low is 'Lower end of the paired difference''s interval';
comment on column ensemble_scores.gain_over_baseline_high is 'Upper end';
comment on column ensemble_scores.balanced_score is 'Mean accuracy on the stereotype slice and on the rest';
comment on column ensemble_scores.balanced_low is 'Lower end of its interval';
comment on column ensemble_scores.balanced_high is 'Upper end';
comment on column ensemble_scores.rounds is 'Rounds that all voting judges have; 1 where margins are taken over all rounds';
