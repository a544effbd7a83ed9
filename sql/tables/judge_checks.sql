-- Do the checks of each judge's tables hold?
create table judge_checks (
    judge text not null,
    table_name text not null,
    check_name text not null,
    severity text not null,
    passed boolean not null,
    says text,
    rows integer
);
comment on table judge_checks is 'One row a judge, table and check: how it ended when the judge''s part of the table was last made. Key: judge, table_name, check_name.';
comment on column judge_checks.judge is 'The judge';
comment on column judge_checks.table_name is 'The table whose part was checked';
comment on column judge_checks.check_name is 'The sentence that must hold';
comment on column judge_checks.severity is 'error: the old part stays, and no board holds the judge until the check holds again; or warn';
comment on column judge_checks.passed is 'Whether it held';
comment on column judge_checks.says is 'Where it did not: how many rows break it, and the first of them';
comment on column judge_checks.rows is 'Rows of the part that is there now, which may be from before; null for battle_verdicts, which are made later';
