-- Which battles with a known answer are planted for the judges?
create table adversarial_probes (
    pair_id text not null,
    clip_id text not null,
    a1 text not null,
    a2 text not null,
    kind text not null,
    expected text not null
);
comment on table adversarial_probes is 'One row a planted battle. Key: pair_id.';
comment on column adversarial_probes.pair_id is 'Short hash of the clip and the texts';
comment on column adversarial_probes.clip_id is 'The clip';
comment on column adversarial_probes.a1 is 'One description';
comment on column adversarial_probes.a2 is 'The other';
comment on column adversarial_probes.kind is 'What the fair description stands against: empty, other_clip, injection (another clip''s description with an instruction to the judge), constant (says nothing about any clip) or forged_prompt (another clip''s description that goes on as if it were the prompt)';
comment on column adversarial_probes.expected is 'a1 or a2: the fair description';
