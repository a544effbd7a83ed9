-- What does each consensus rule keep, and what does it lose?
create table consensus_rules (
    rule text not null,
    kept integer not null,
    lost integer not null,
    a1 integer not null,
    a2 integer not null,
    same integer not null,
    agrees_with_dawid_skene double
);
comment on table consensus_rules is 'One row a rule, over pairs with two qualified votes or more; empty without votes. Key: rule.';
comment on column consensus_rules.rule is 'unanimous, majority, or dawid_skene (Dawid and Skene 1979; a diagnostic, never used for labels)';
comment on column consensus_rules.kept is 'Pairs that get a label';
comment on column consensus_rules.lost is 'Pairs that get none';
comment on column consensus_rules.a1 is 'Pairs labelled a1';
comment on column consensus_rules.a2 is 'Pairs labelled a2';
comment on column consensus_rules.same is 'Pairs labelled same';
comment on column consensus_rules.agrees_with_dawid_skene is 'Percent of the kept pairs with the label that Dawid and Skene''s model finds likeliest';
