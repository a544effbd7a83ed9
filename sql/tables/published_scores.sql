-- What did the paper report for its judges?
create table published_scores (
    judge text not null,
    strategy text,
    waf_2class double,
    acc_2class double,
    waf_3class double,
    acc_3class double,
    swap_consistency double
);
comment on table published_scores is 'One row a published judge; empty unless EMOPREFER_PUBLISHED_SCORES names a table. Key: judge.';
comment on column published_scores.judge is 'Name in the published table';
comment on column published_scores.strategy is 'Its best strategy there';
comment on column published_scores.waf_2class is 'Two-class weighted F1, percent';
comment on column published_scores.acc_2class is 'Two-class accuracy, percent';
comment on column published_scores.waf_3class is 'Three-class weighted F1, percent; null where not published';
comment on column published_scores.acc_3class is 'Three-class accuracy, percent; null where not published';
comment on column published_scores.swap_consistency is 'Percent of equal verdicts in both orders; null where not published';
