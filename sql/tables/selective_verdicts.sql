-- Which pairs may a judge decide alone?
create table selective_verdicts (
    judge text not null,
    strategy text not null,
    alpha double not null,
    threshold double,
    coverage double,
    accepted integer not null,
    clips integer not null,
    error double,
    not_reached text
);
comment on table selective_verdicts is 'One row a judge and strategy with probabilities in both orders, and a share of wrong verdicts to stay below. Calibrated on the labelled clips (Learn then Test, Angelopoulos et al. 2025); each row holds by itself with 90 percent confidence. Key: judge, strategy, alpha.';
comment on column selective_verdicts.judge is 'The judge';
comment on column selective_verdicts.strategy is 's1 to s4';
comment on column selective_verdicts.alpha is 'At most this share of the accepted verdicts on new clips is wrong, 0 to 1: says otherwise than people, who may call a pair the same';
comment on column selective_verdicts.threshold is 'Accept a verdict from this probability on, 0.5 to 1, by the mean of both orders'' log-odds over all rounds; null where no threshold reaches alpha';
comment on column selective_verdicts.coverage is 'Percent of the labelled pairs that are accepted; people decide the rest';
comment on column selective_verdicts.accepted is 'Labelled pairs accepted';
comment on column selective_verdicts.clips is 'Their clips';
comment on column selective_verdicts.error is 'Percent of them that are wrong; null without any';
comment on column selective_verdicts.not_reached is 'Why there is no threshold; null where there is one';
