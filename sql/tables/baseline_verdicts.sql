-- What does each content-blind baseline say?
create table baseline_verdicts (
    baseline text not null,
    pair_id text not null,
    verdict text not null,
    direction text
);
comment on table baseline_verdicts is 'One row a content-blind baseline and labelled pair, whether or not the registry names a judge like it; normal order. Key: baseline, pair_id.';
comment on column baseline_verdicts.baseline is 'The baseline: always_a1, always_a2, random, length, sentences, emotion_words, text_classifier or system_prior';
comment on column baseline_verdicts.pair_id is 'The pair';
comment on column baseline_verdicts.verdict is 'a1, a2, or same where it has nothing to say';
comment on column baseline_verdicts.direction is 'Which way length, sentences and emotion_words point, by the labels of all other clips: longer or shorter, more or fewer; null for others, and where those labels have no direction';
