-- Which clips are shown to judges with another picture or sound?
create table media_tests (
    pair_id text not null,
    of_pair text not null,
    condition text not null,
    changed text not null,
    clip_id text not null,
    of_clip text not null,
    a1 text not null,
    a2 text not null,
    video_of text not null,
    video_change text not null,
    audio_of text not null,
    audio_change text not null
);
comment on table media_tests is 'One row a labelled pair and condition; empty with fewer than two clips that can be read. Key: pair_id.';
comment on column media_tests.pair_id is 'The pair and what is done to its clip';
comment on column media_tests.of_pair is 'The labelled pair';
comment on column media_tests.condition is 'What is done to its clip';
comment on column media_tests.changed is 'picture, sound or both';
comment on column media_tests.clip_id is 'The clip and what is done to it';
comment on column media_tests.of_clip is 'The clip';
comment on column media_tests.a1 is 'First description';
comment on column media_tests.a2 is 'Second description';
comment on column media_tests.video_of is 'The clip whose picture is shown';
comment on column media_tests.video_change is 'What is done to the picture: blank (grey), shuffled (frames), blurred (sigma in percent of the longer side); empty where nothing is';
comment on column media_tests.audio_of is 'The clip whose sound is played';
comment on column media_tests.audio_change is 'What is done to the sound: silent, noise (white, by its ratio of signal to noise); empty where nothing is';
