"""What `emoprefer doctor --judge` shows and plays: a number in the picture, another word in the sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from emoprefer_assets.doctor.clip import NUMBER, PICTURE, SOUND, WORD
from synthesis.clips import SHORTEST_SECONDS, encode_picture, encode_sound, sound_around
from synthesis.faces import FPS, SIDE
from synthesis.voices import word_of


def write_known_clip(folder: Path) -> None:
    """Write the picture, 2 s of black figures on white, and the sound, as long; each an mp4 file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    encode_picture(np.stack([_picture()] * round(SHORTEST_SECONDS * FPS)), folder / PICTURE)
    encode_sound(sound_around(word_of(WORD)), folder / SOUND)


def _picture() -> np.ndarray:
    image = Image.new("RGB", (SIDE, SIDE), "white")
    middle = (SIDE / 2, SIDE / 2)
    ImageDraw.Draw(image).text(middle, NUMBER, fill="black", font=ImageFont.load_default(SIDE / 1.6), anchor="mm")
    return np.asarray(image)
