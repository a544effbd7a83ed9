"""What the registry gives the tiny judges of a clip."""

from __future__ import annotations

from emoprefer_assets.media import AudioSampling, VideoSampling

VIDEO = VideoSampling(frames=4, max_side=84)
AUDIO = AudioSampling(16_000)
# Of sound, in steps of 20 ms: 5 s.
STEPS = 250
