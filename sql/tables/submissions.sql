-- What was handed in, by whom, when, and what of it counts?
create table submissions (
    kind text not null,
    name text not null,
    version integer not null,
    content text not null,
    original_name text not null,
    rows integer not null,
    received_at timestamp not null,
    newest boolean not null,
    state text not null,
    decided_by text,
    note text
);
comment on table submissions is 'One row an accepted version of a submission. Key: kind, name, version.';
comment on column submissions.kind is 'system (descriptions to be ranked) or judge (answers to be scored)';
comment on column submissions.name is 'The submission''s name';
comment on column submissions.version is 'From 1, in the order of arrival';
comment on column submissions.content is 'Hash of the file, which is kept under it byte for byte';
comment on column submissions.original_name is 'The file''s name when it came';
comment on column submissions.rows is 'Rows of its table';
comment on column submissions.received_at is 'When it was accepted, UTC';
comment on column submissions.newest is 'True for the version that counts';
comment on column submissions.state is 'open; quarantined (screening found something, and nobody has released it), partly quarantined, or released; withdrawn; disqualified; or outdated';
comment on column submissions.decided_by is 'Who released, withdrew or disqualified it; null without a decision';
comment on column submissions.note is 'Why; null where nobody said';
