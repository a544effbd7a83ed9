-- What has asking each judge taken so far, failures included?
create table judge_costs (
    judge text not null,
    step text not null,
    asked text not null,
    calls integer not null,
    failed integer not null,
    tokens_in bigint not null,
    tokens_out bigint not null,
    seconds double not null,
    cost double not null
);
comment on table judge_costs is 'One row a judge, step and model asked, over all calls on record. Key: judge, step, asked.';
comment on column judge_costs.judge is 'The judge';
comment on column judge_costs.step is 'describe, s1, s2, s3, s4_reasoning, s4_answer or s5';
comment on column judge_costs.asked is 'Registry entry that answered: the judge, or its external model';
comment on column judge_costs.calls is 'Calls made, in all runs';
comment on column judge_costs.failed is 'Of these, calls without an answer';
comment on column judge_costs.tokens_in is 'Prompt tokens';
comment on column judge_costs.tokens_out is 'Generated tokens';
comment on column judge_costs.seconds is 'Seconds of model time';
comment on column judge_costs.cost is 'By the prices of the registry when the call was made';
