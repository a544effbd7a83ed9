-- What do judges say together?
create table ensemble_predictions (
    ensemble text not null,
    k integer not null,
    orders text not null,
    sample text not null,
    round integer not null,
    pair_id text not null,
    verdict text not null
);
comment on table ensemble_predictions is 'One row an ensemble (ensemble, k, orders), sample, round and pair. Key: ensemble, k, orders, sample, round, pair_id.';
comment on column ensemble_predictions.ensemble is 'How votes are combined: log_odds_vote (the crowd), and to compare with it majority, calibrated_panel, margin_fusion, weighted_margins, or a diagnostic: dawid_skene, glad, mace';
comment on column ensemble_predictions.k is 'Number of best-ranked judges that vote';
comment on column ensemble_predictions.orders is 'normal, or normal+swapped (two votes a judge, or margins over both)';
comment on column ensemble_predictions.sample is 'in-sample: strategies, ranks and weights from these same pairs, as in the paper; held-out: from the other folds'' clips; new-stratum: from other pairs of systems on other clips, without rows where all pairs are of two systems; diagnostic: no label used, but for strategies, as held-out';
comment on column ensemble_predictions.round is 'Repetition, from 0; margins are taken over all rounds';
comment on column ensemble_predictions.pair_id is 'The pair';
comment on column ensemble_predictions.verdict is 'a1, a2, same, or unparsed where no judge gave a verdict';
