-- What do judges say together?
create table ensemble_predictions (
    ensemble text not null,
    k integer not null,
    orders text not null,
    sample text not null,
    round integer not null,
    pair_id text not null,
    verdict text not null,
    primary key (ensemble, k, orders, sample, round, pair_id)
);
comment on table ensemble_predictions is 'One row an ensemble (ensemble, k, orders), sample, round and pair. Key: ensemble, k, orders, sample, round, pair_id.';
comment on column ensemble_predictions.ensemble is 'How votes are combined: majority, log_odds_vote, margin_fusion, weighted_margins (the default), or a diagnostic: dawid_skene, glad, mace';
comment on column ensemble_predictions.k is 'Number of best-ranked judges that vote';
comment on column ensemble_predictions.orders is 'normal, or normal+swapped (two votes a judge, or margins over both)';
comment on column ensemble_predictions.sample is 'in-sample: judges ranked on these same pairs, as in the paper; held-out: ranked, picked and weighted on the other folds'' clips; diagnostic: no label used';
comment on column ensemble_predictions.round is 'Repetition, from 0; margins are taken over all rounds';
comment on column ensemble_predictions.pair_id is 'The pair';
comment on column ensemble_predictions.verdict is 'a1, a2, same, or unparsed where no judge gave a verdict';
