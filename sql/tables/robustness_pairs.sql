-- Which controlled edits of a good description must a judge see through?
create table robustness_pairs (
    pair_id text not null,
    clip_id text not null,
    a1 text not null,
    a2 text not null,
    preference text not null,
    error_type text not null,
    position integer not null
);
comment on table robustness_pairs is 'One row a pair of a description and its edit, from robustness.csv. Key: pair_id.';
comment on column robustness_pairs.pair_id is 'Hash of (clip_id, a1, a2)';
comment on column robustness_pairs.clip_id is 'The clip that both describe';
comment on column robustness_pairs.a1 is 'First description';
comment on column robustness_pairs.a2 is 'Second description';
comment on column robustness_pairs.preference is 'Which of them is the unedited one: a1 or a2';
comment on column robustness_pairs.error_type is 'What the edit did, such as emotion_flip, intensity_mismatch, evidence_contradiction, modality_omission';
comment on column robustness_pairs.position is 'Row in the file, from 1';
