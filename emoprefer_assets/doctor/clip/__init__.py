"""A made-up clip (`python -m synthesis known_clip`): its picture shows a number, its sound speaks another word."""

from pathlib import Path

FOLDER = Path(__file__).parent
PICTURE, SOUND = "picture.mp4", "sound.mp4"
NUMBER, WORD = "47", "elephant"
