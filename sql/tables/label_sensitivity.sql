-- What does the judge board owe to how labels were made?
create table label_sensitivity (
    labels text not null,
    judge text not null,
    strategy text,
    pairs integer not null,
    waf_2class double,
    balanced_score double,
    rank integer
);
comment on table label_sensitivity is 'One row a kind of labels and a judge of the board. Key: labels, judge.';
comment on column label_sensitivity.labels is 'A consensus rule (unanimous, majority, dawid_skene) over all pairs with two qualified votes or more, for the judges that answered all of these; or the board''s own labels of which 5 or 10 percent are flipped, for all judges';
comment on column label_sensitivity.judge is 'The judge; `perfect judge` says what labels would say without the flips';
comment on column label_sensitivity.strategy is 'Its strategy on the board';
comment on column label_sensitivity.pairs is 'Pairs that have a label';
comment on column label_sensitivity.waf_2class is 'Two-class weighted F1 against these labels, percent, mean over rounds; with flips: of the expected counts';
comment on column label_sensitivity.balanced_score is 'The balanced score (table judge_audit) against these labels, percent; null for consensus rules';
comment on column label_sensitivity.rank is 'By waf_2class, of the judges with these labels; null for the perfect judge';
