-- May a judge replace a person?
create table judge_replacement (
    kind text not null,
    name text not null,
    swapped boolean not null,
    strategy text,
    annotators integer not null,
    pairs integer not null,
    rho double,
    rho_low double,
    rho_high double,
    annotators_rho double,
    epsilon double not null,
    omega double,
    may_replace boolean,
    omega_10 double,
    omega_15 double,
    omega_20 double,
    not_tested text
);
comment on table judge_replacement is 'One row a judge of the board and order, a content-blind baseline and an annotator, where there are votes; empty without. The alternative annotator test (Calderon, Reichart and Dror 2025), by clip. Key: kind, name, swapped.';
comment on column judge_replacement.kind is 'judge, baseline (content-blind) or annotator';
comment on column judge_replacement.name is 'Who takes the place of each annotator in turn';
comment on column judge_replacement.swapped is 'True for a judge that was asked with a1 and a2 exchanged; false for baselines and annotators';
comment on column judge_replacement.strategy is 'A judge''s strategy on the board; null for others';
comment on column judge_replacement.annotators is 'How many annotators have pairs enough: 30 that somebody else voted on too; an annotator is not compared with themselves';
comment on column judge_replacement.pairs is 'Pairs that it is compared on, each counted for every one of these annotators';
comment on column judge_replacement.rho is 'Average advantage probability: how often, 0 to 1, it agrees with the other annotators at least as well as the one whose place it takes';
comment on column judge_replacement.rho_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column judge_replacement.rho_high is 'Upper end';
comment on column judge_replacement.annotators_rho is 'How often they agree with the others at least as well as it does, 0 to 1, mean over annotators';
comment on column judge_replacement.epsilon is 'By how much it may be worse (EMOPREFER_REPLACEMENT_EPSILON)';
comment on column judge_replacement.omega is 'Winning rate: share of annotators, 0 to 1, whom it is shown to be worse than by less than epsilon (5 percent, Benjamini-Yekutieli)';
comment on column judge_replacement.may_replace is 'True where omega is 0.5 or more; null where it was not tested';
comment on column judge_replacement.omega_10 is 'Winning rate at epsilon 0.1, which the paper gives for crowd workers';
comment on column judge_replacement.omega_15 is 'At 0.15, for trained annotators';
comment on column judge_replacement.omega_20 is 'At 0.2, for experts';
comment on column judge_replacement.not_tested is 'Why there is no winning rate, and how many votes are lacking at least; null where there is one';
