-- Whose votes count?
create table annotators (
    annotator text not null,
    items integer,
    correct integer,
    share_correct double,
    qualified boolean not null,
    votes integer not null
);
comment on table annotators is 'One row an annotator. Key: annotator.';
comment on column annotators.annotator is 'Name in the files';
comment on column annotators.items is 'Qualification items answered; null where the data set has no qualification';
comment on column annotators.correct is 'Qualification items answered correctly';
comment on column annotators.share_correct is 'Percent correct of 12 items, or of all items where there were more; an unanswered item is wrong';
comment on column annotators.qualified is 'At least 75 percent correct; true where the data set has no qualification';
comment on column annotators.votes is 'Votes cast, on pairs and on battles';
