-- How far does each content-blind baseline get on this data set?
create table shortcut_audit (
    baseline text not null,
    sees text not null,
    direction text,
    waf_2class double,
    waf_2class_low double,
    waf_2class_high double,
    followed double,
    followed_low double,
    followed_high double,
    same integer not null,
    pairs_2class integer not null
);
comment on table shortcut_audit is 'One row a content-blind baseline, whether or not the registry names a judge like it; normal order. Key: baseline.';
comment on column shortcut_audit.baseline is 'The baseline';
comment on column shortcut_audit.sees is 'nothing, text (the two descriptions), or systems (who wrote them, and how these fare on other clips: of no use for a new system)';
comment on column shortcut_audit.direction is 'Which way it points on most pairs, by the labels of all other clips; null where it has none';
comment on column shortcut_audit.waf_2class is 'Two-class weighted F1, percent; half of each tie is a1 and half a2';
comment on column shortcut_audit.waf_2class_low is 'Lower end of its 95 percent interval by clip (Wilson, effective sample size)';
comment on column shortcut_audit.waf_2class_high is 'Upper end';
comment on column shortcut_audit.followed is 'Percent of decided pairs whose label is what it says; a tie counts half, so 50 is a coin';
comment on column shortcut_audit.followed_low is 'Lower end of its 95 percent interval';
comment on column shortcut_audit.followed_high is 'Upper end';
comment on column shortcut_audit.same is 'Labelled pairs of which it has nothing to say';
comment on column shortcut_audit.pairs_2class is 'Labelled pairs that people do not call same';
