-- Which system described which clip how, and may it be judged?
create table entries (
    system text not null,
    clip_id text not null,
    description text not null,
    submission text,
    state text not null
);
comment on table entries is 'One row a system and clip: the data set''s own systems and the newest version of each submitted one. Key: system, clip_id.';
comment on column entries.system is 'The system';
comment on column entries.clip_id is 'The clip';
comment on column entries.description is 'What the system says of the clip';
comment on column entries.submission is 'Hash of the submitted file; null for the data set''s own systems';
comment on column entries.state is 'open; released (screening found something, and it is judged all the same); quarantined, withdrawn or disqualified (not judged)';
