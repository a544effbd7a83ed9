-- What did screening find in the submitted descriptions?
create table submission_findings (
    system text not null,
    clip_id text not null,
    rule text not null,
    severity text not null,
    evidence text not null
);
comment on table submission_findings is 'One row a system, clip and rule that found something. Key: system, clip_id, rule.';
comment on column submission_findings.system is 'The submitted system';
comment on column submission_findings.clip_id is 'The clip; empty where the finding is about the whole submission';
comment on column submission_findings.rule is 'What was looked for';
comment on column submission_findings.severity is 'quarantine (not judged until an organiser releases it) or warn';
comment on column submission_findings.evidence is 'What was found, shortened';
