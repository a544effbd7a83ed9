-- Are a judge's probabilities what they say?
create table judge_calibration (
    judge text not null,
    strategy text not null,
    pairs integer not null,
    brier double,
    brier_low double,
    brier_high double,
    expected_calibration_error double,
    error_if_calibrated double
);
comment on table judge_calibration is 'One row a judge and strategy with probabilities; a1 against a2, normal order, pairs that people do not call same. Key: judge, strategy.';
comment on column judge_calibration.judge is 'The judge';
comment on column judge_calibration.strategy is 's1 to s4';
comment on column judge_calibration.pairs is 'Pairs with a probability';
comment on column judge_calibration.brier is 'Mean squared error of p_a1 / (p_a1 + p_a2); 0.25 for a coin (Brier 1950)';
comment on column judge_calibration.brier_low is 'Lower end of its 95 percent interval, clips resampled';
comment on column judge_calibration.brier_high is 'Upper end';
comment on column judge_calibration.expected_calibration_error is 'Mean distance of frequency from probability over ten equal bins (Naeini et al. 2015); above 0 for every judge, so read it beside error_if_calibrated';
comment on column judge_calibration.error_if_calibrated is 'What a perfectly calibrated judge with these probabilities stays below in 95 of 100 data sets of this size; below it nothing shows a miscalibration';
