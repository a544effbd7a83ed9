"""Clips to frames and waveforms (decord), and what is put in their place."""

from emoprefer_assets.media._altering import PICTURE_CHANGES, SOUND_CHANGES
from emoprefer_assets.media._decoding import content_hash, read_frames, read_sound
from emoprefer_assets.media._examining import Probe
from emoprefer_assets.media._model import AudioSampling, Frames, Media, UnreadableMedia, VideoSampling, Waveform
from emoprefer_assets.media._probing import probe, probe_files, why_no_decoder
from emoprefer_assets.media._reader import MediaReader

__all__ = [
    "PICTURE_CHANGES",
    "SOUND_CHANGES",
    "AudioSampling",
    "Frames",
    "Media",
    "MediaReader",
    "Probe",
    "UnreadableMedia",
    "VideoSampling",
    "Waveform",
    "content_hash",
    "probe",
    "probe_files",
    "read_frames",
    "read_sound",
    "why_no_decoder",
]
