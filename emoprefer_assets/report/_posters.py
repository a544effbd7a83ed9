"""A small picture of each clip, made once and kept."""

from __future__ import annotations

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

MOST_CLIPS = 200
SIDE = 176
QUALITY = 62


def make_posters(videos: Mapping[str, Path], contents: Mapping[str, str], folder: Path) -> dict[str, bytes]:
    """The middle frame of each clip as a JPEG, by clip; of many clips none, as the page would grow too large.

    Args:
        videos: file of each clip that can be seen.
        contents: hash of each file's bytes.
        folder: where pictures are kept, by hash.
    """
    if len(videos) > MOST_CLIPS:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    kept = {clip: folder / f"{contents[clip]}-{SIDE}.jpg" for clip in videos}
    missing = [clip for clip, file in kept.items() if not file.exists()]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda clip: _keep_poster(videos[clip], kept[clip]), missing))
    return {clip: file.read_bytes() for clip, file in kept.items() if file.exists()}


def _keep_poster(video: Path, target: Path) -> None:
    # decord and Pillow are needed only where a picture is missing.
    from PIL import Image

    from emoprefer_assets.media import UnreadableMedia, VideoSampling, read_frames

    try:
        frames = read_frames(video, VideoSampling(frames=1, max_side=SIDE))
    except UnreadableMedia:
        return
    picture = io.BytesIO()
    Image.fromarray(frames.pixels[0]).save(picture, "JPEG", quality=QUALITY, optimize=True)
    target.write_bytes(picture.getvalue())
