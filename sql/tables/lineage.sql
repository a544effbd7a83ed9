-- What was each table made from, and when?
create table lineage (
    table_name text not null,
    judge text not null,
    version text not null,
    code_version text not null,
    inputs text not null,
    rows integer not null,
    unanswered integer not null,
    made_at timestamp not null,
    primary key (table_name, judge)
);
comment on table lineage is 'One row a table, or a judge''s part of it. Key: table_name, judge.';
comment on column lineage.table_name is 'The table';
comment on column lineage.judge is 'The judge whose part it is; empty for a whole table';
comment on column lineage.version is 'Hash of the content';
comment on column lineage.code_version is 'Version of the code and columns that made it';
comment on column lineage.inputs is 'Version of each input it was made from, as JSON';
comment on column lineage.rows is 'Rows written';
comment on column lineage.unanswered is 'Rows whose judge call failed: the next run asks again';
comment on column lineage.made_at is 'When it was written, UTC';
