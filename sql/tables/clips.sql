-- Which clips does the data set have, what do their media hold, and can they be read?
create table clips (
    clip_id text not null,
    video text,
    audio text,
    video_content text,
    audio_content text,
    seconds double,
    fps double,
    frames integer,
    width integer,
    height integer,
    sound_seconds double,
    video_problem text,
    audio_problem text,
    metadata json
);
comment on table clips is 'One row a clip. Key: clip_id.';
comment on column clips.clip_id is 'The data set''s `name`';
comment on column clips.video is 'Path of the mp4 in the data set''s folder; null where absent';
comment on column clips.audio is 'Path of the wav in the data set''s folder; null where absent: then the mp4''s own sound counts';
comment on column clips.video_content is 'Hash of the mp4''s bytes';
comment on column clips.audio_content is 'Hash of the bytes of the file that the sound comes from';
comment on column clips.seconds is 'Length of the video that decodes';
comment on column clips.fps is 'Frames a second, on average';
comment on column clips.frames is 'Frames of the video';
comment on column clips.width is 'In pixels';
comment on column clips.height is 'In pixels';
comment on column clips.sound_seconds is 'Where the sound that decodes ends';
comment on column clips.video_problem is 'Why the video cannot be shown to a judge; null where it can';
comment on column clips.audio_problem is 'Why the sound cannot be played to a judge; null where it can';
comment on column clips.metadata is 'The other columns of clips.csv, such as emotion or speaker, without empty cells: `metadata->>''emotion''`; null where there is nothing';
