-- Which judges are registered, and what do they see?
create table judges (
    judge text not null,
    backend text not null,
    model text,
    content_blind boolean not null,
    inputs text[] not null,
    live boolean not null,
    strategies text[] not null,
    published_as text,
    note text
);
comment on table judges is 'One row a judge that takes part: registered, not retired, fit for this data set. Key: judge.';
comment on column judges.judge is 'Name in the registry, and partition key';
comment on column judges.backend is 'What answers: rules, replay, transformers, ...';
comment on column judges.model is 'Model, rule or recording';
comment on column judges.content_blind is 'True where the judge sees no media: a baseline, and never a voter';
comment on column judges.inputs is 'What of a clip it takes: video, audio; empty for one that sees no media or was recorded';
comment on column judges.live is 'True where it can be asked about new descriptions; recordings cannot';
comment on column judges.strategies is 'Strategies that it can answer';
comment on column judges.published_as is 'Its name in the table of published scores';
comment on column judges.note is 'What to know about it';
