-- Which data set do all other tables speak of?
create table data_set (
    name text not null,
    synthetic boolean not null,
    note text not null,
    pairs integer not null,
    clips integer not null
);
comment on table data_set is 'One row: the data set that all other tables speak of. Key: name.';
comment on column data_set.name is 'Name of the data set';
comment on column data_set.synthetic is 'True where labels and votes are simulated';
comment on column data_set.note is 'What to know before quoting a number';
comment on column data_set.pairs is 'Pairs in the files';
comment on column data_set.clips is 'Clips in the files';
