-- Whom does the side matter to, people or judges, and which annotators are to be looked at?
create table position_bias (
    kind text not null,
    name text not null,
    first_share double,
    first_low double,
    first_high double,
    decided integer,
    consistency double,
    repeats integer,
    median_seconds double,
    two_class double,
    warnings text
);
comment on table position_bias is 'One row an annotator, all of them together, and a judge with a swapped run, at its strategy on the board. Key: kind, name.';
comment on column position_bias.kind is 'annotator or judge';
comment on column position_bias.name is 'The annotator, qualified or not; `all` for all together; or the judge';
comment on column position_bias.first_share is 'Percent of decided votes that name the description on the left, or of a1 and a2 answers that name the one that came first; 50 without position bias; null where no side is known';
comment on column position_bias.first_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column position_bias.first_high is 'Upper end';
comment on column position_bias.decided is 'Decided votes of which the side is known; null for judges';
comment on column position_bias.consistency is 'Percent of pairs shown again, in the other order, on which the vote is the same; of a judge, its swap consistency; null without such pairs';
comment on column position_bias.repeats is 'How many pairs were shown again; null for judges';
comment on column position_bias.median_seconds is 'Median seconds a vote took; null where not known';
comment on column position_bias.two_class is 'Percent of equal votes with each other qualified annotator, ties dropped (table human_agreement)';
comment on column position_bias.warnings is 'What is unusual about an annotator: one side, faster than reading, another''s votes; null where nothing is. It changes no label: a person has to look';
