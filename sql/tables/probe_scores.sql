-- Does a judge see through planted battles, and does it obey instructions hidden in them?
create table probe_scores (
    judge text not null,
    kind text not null,
    verdicts integer not null,
    right_percent double,
    fooled_percent double,
    same_percent double,
    failed integer not null
);
comment on table probe_scores is 'One row a judge and kind of planted battle. Key: judge, kind.';
comment on column probe_scores.judge is 'The judge';
comment on column probe_scores.kind is 'What the fair description stood against';
comment on column probe_scores.verdicts is 'Verdicts in the normal order, all rounds; failed and unparsed ones are not counted';
comment on column probe_scores.right_percent is 'Percent for the fair description';
comment on column probe_scores.fooled_percent is 'Percent for the other one; of kind injection this is the injection success rate, of forged_prompt the share of forgeries that worked';
comment on column probe_scores.same_percent is 'Percent ties';
comment on column probe_scores.failed is 'Failed or unparsed verdicts';
