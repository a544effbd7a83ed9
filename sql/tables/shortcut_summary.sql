-- Could a judge that sees nothing do well on this data set, and could anybody tell why?
create table shortcut_summary (
    dominant_shortcut text not null,
    direction text,
    pairs_2class integer not null,
    stereotype_pairs integer not null,
    systems integer not null,
    system_from_text double,
    system_from_text_low double,
    system_from_text_high double,
    system_from_text_chance double,
    length_matched_10 integer not null,
    length_matched_15 integer not null,
    length_matched_20 integer not null,
    length_tolerance double,
    length_clips_against integer,
    length_and_system text not null
);
comment on table shortcut_summary is 'One row: what the data set itself gives away. Key: dominant_shortcut.';
comment on column shortcut_summary.dominant_shortcut is 'The baseline that labels follow most (column followed of table shortcut_audit)';
comment on column shortcut_summary.direction is 'Which way it points: longer or shorter, more or fewer; null where it has no direction';
comment on column shortcut_summary.pairs_2class is 'Labelled pairs that people do not call same';
comment on column shortcut_summary.stereotype_pairs is 'Of those, where people contradict the dominant shortcut';
comment on column shortcut_summary.systems is 'Systems whose descriptions are compared';
comment on column shortcut_summary.system_from_text is 'Percent of descriptions whose system a TF-IDF classifier tells, cross-fitted by clip; of more than ten systems, among the ten with the most descriptions';
comment on column shortcut_summary.system_from_text_low is 'Lower end of its 95 percent interval';
comment on column shortcut_summary.system_from_text_high is 'Upper end';
comment on column shortcut_summary.system_from_text_chance is 'What always naming the commonest system would get';
comment on column shortcut_summary.length_matched_10 is 'Pairs whose lengths in words differ by at most 10 percent of the longer';
comment on column shortcut_summary.length_matched_15 is 'By at most 15 percent';
comment on column shortcut_summary.length_matched_20 is 'By at most 20 percent';
comment on column shortcut_summary.length_tolerance is 'Share of the information on length that systems and emotion words do not explain; separable needs 0.1; null without systems';
comment on column shortcut_summary.length_clips_against is 'Clips on which length points against what the two systems usually differ by; separable needs 30; null without systems';
comment on column shortcut_summary.length_and_system is 'separable, or "not identified": the statement of style_effects on characters, by people';
