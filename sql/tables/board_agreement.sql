-- Does a source of verdicts rank systems as people or the crowd do?
create table board_agreement (
    source1 text not null,
    source2 text not null,
    systems integer not null,
    kendall double,
    kendall_low double,
    kendall_high double,
    spearman double,
    spearman_low double,
    spearman_high double,
    battles integer not null,
    same_verdict double,
    same_verdict_low double,
    same_verdict_high double,
    kappa double,
    kappa_low double,
    kappa_high double
);
comment on table board_agreement is 'One row a source of verdicts beside people or the crowd. Key: source1, source2.';
comment on column board_agreement.source1 is 'human or crowd';
comment on column board_agreement.source2 is 'A judge''s name; beside one of the two, the other';
comment on column board_agreement.systems is 'Systems that both rank together';
comment on column board_agreement.kendall is 'Kendall''s tau-b of the two boards';
comment on column board_agreement.kendall_low is 'Lower end of its 95 percent interval, clips resampled, with the draws'' median at the estimate';
comment on column board_agreement.kendall_high is 'Upper end';
comment on column board_agreement.spearman is 'Spearman''s rho';
comment on column board_agreement.spearman_low is 'Lower end';
comment on column board_agreement.spearman_high is 'Upper end';
comment on column board_agreement.battles is 'Battles with verdicts of both';
comment on column board_agreement.same_verdict is 'Percent of these with the same winner; a tie on one side only counts half';
comment on column board_agreement.same_verdict_low is 'Lower end of its 95 percent interval, clips resampled';
comment on column board_agreement.same_verdict_high is 'Upper end';
comment on column board_agreement.kappa is 'The same beyond chance: Cohen''s kappa with linear weights, seen from the system that source1 rates higher, so 0 for who only knows that ranking';
comment on column board_agreement.kappa_low is 'Lower end of its 95 percent interval, clips resampled';
comment on column board_agreement.kappa_high is 'Upper end';
