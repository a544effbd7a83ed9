"""Decoding each clip once, and ahead of the model that looks at it."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Self

from emoprefer_assets.media._altering import altered
from emoprefer_assets.media._decoding import content_hash, read_frames, read_sound
from emoprefer_assets.media._model import AudioSampling, Frames, Media, UnreadableMedia, VideoSampling, Waveform

Key = tuple[str, VideoSampling | AudioSampling, str]
Decoded = Frames | Waveform | UnreadableMedia


def decode(media: Media) -> Frames | Waveform:
    """Decode `media`, whoever has decoded it before.

    Raises:
        UnreadableMedia: the file cannot be decoded, or is not the one that was hashed.
    """
    try:
        content = content_hash(media.file)
    except OSError as error:
        raise UnreadableMedia(f"{media.file}: {error.strerror or error}") from None
    if content != media.content:
        raise UnreadableMedia(f"{media.file}: its content has changed since it was probed; run again")
    decoded: Frames | Waveform
    if isinstance(media.sampling, VideoSampling):
        decoded = read_frames(media.file, media.sampling)
    else:
        decoded = read_sound(media.file, media.sampling)
    return altered(decoded, media.change) if media.change else decoded


class MediaReader:
    """Decodes media, each once, and ahead of time where it is told what comes.

    Threads may share it. Its own threads live only while there is something to decode ahead, and never keep the
    process alive; without `expect` there are none.

    Attributes:
        memory: bytes of decoded media to keep at most. Beyond it nothing is decoded ahead, and of what was read the
            oldest is let go; one medium is always kept.
    """

    def __init__(self, memory: int = 512 * 2**20, threads: int | None = None) -> None:
        self.memory = memory
        self._threads = threads or max(1, min(4, (os.cpu_count() or 2) // 2))
        self._changed = threading.Condition()
        # What is decoded, the one read longest ago first; `_unread` names those that nobody has read yet.
        self._held: OrderedDict[Key, Decoded] = OrderedDict()
        self._unread: set[Key] = set()
        self._coming: OrderedDict[Key, Media] = OrderedDict()
        self._under_way: set[Key] = set()
        self._running: set[threading.Thread] = set()

    def read(self, media: Media) -> Frames | Waveform:
        """Decode `media`, or return what was decoded before.

        Raises:
            UnreadableMedia: the file cannot be decoded.
        """
        key = _key(media)
        with self._changed:
            while key not in self._held and key in self._under_way:
                self._changed.wait()
            decoded = self._held.get(key)
            if decoded is None:
                self._under_way.add(key)
                self._coming.pop(key, None)
        if decoded is None:
            decoded = self._decode(key, media)
        with self._changed:
            if key in self._held:
                self._held.move_to_end(key)
                self._unread.discard(key)
                self._let_go()
                self._decode_ahead()
        if isinstance(decoded, UnreadableMedia):
            raise UnreadableMedia(*decoded.args)
        return decoded

    def expect(self, coming: Iterable[Media]) -> None:
        """Start decoding `coming` in the background; what was decoded before and is not coming is let go.

        What fails to decode raises when it is read, and only then.
        """
        wanted = OrderedDict((_key(media), media) for media in coming)
        with self._changed:
            for key in [key for key in self._held if key not in wanted]:
                del self._held[key]
                self._unread.discard(key)
            known = self._held.keys() | self._under_way
            self._coming = OrderedDict((key, media) for key, media in wanted.items() if key not in known)
            self._decode_ahead()

    def close(self) -> None:
        """Let everything go and wait for the threads, each of which ends with the file at hand."""
        self.expect(())
        for thread in list(self._running):
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _decode(self, key: Key, media: Media) -> Decoded:
        """Decode and keep what is under way; whatever else goes wrong, it is not under way any more."""
        decoded: Decoded | None = None
        try:
            decoded = decode(media)
        except UnreadableMedia as error:
            decoded = error.with_traceback(None)
        finally:
            with self._changed:
                self._under_way.discard(key)
                if decoded is not None:
                    self._held[key] = decoded
                    self._unread.add(key)
                self._changed.notify_all()
        return decoded

    def _decode_ahead(self) -> None:
        """Start threads while there is something to decode and room for it. The lock is held."""
        idle = min(self._threads, len(self._coming)) - len(self._running)
        if self._has_room():
            for _ in range(idle):
                thread = threading.Thread(target=self._work, name="decode-ahead", daemon=True)
                self._running.add(thread)
                thread.start()

    def _work(self) -> None:
        while (next_one := self._next()) is not None:
            try:
                self._decode(*next_one)
            except Exception:
                # Nothing is kept of it, so whoever reads it decodes it again and gets the error.
                continue

    def _next(self) -> tuple[Key, Media] | None:
        with self._changed:
            if self._coming and self._has_room():
                key, media = self._coming.popitem(last=False)
                self._under_way.add(key)
                return key, media
            self._running.discard(threading.current_thread())
            return None

    def _has_room(self) -> bool:
        self._let_go()
        return self._bytes() < self.memory

    def _let_go(self) -> None:
        held = self._bytes()
        for key in [key for key in self._held if key not in self._unread]:
            if held <= self.memory or len(self._held) == 1:
                return
            held -= _size(self._held.pop(key))

    def _bytes(self) -> int:
        return sum(_size(decoded) for decoded in self._held.values())


def _key(media: Media) -> Key:
    return media.content, media.sampling, media.change


def _size(decoded: Decoded) -> int:
    match decoded:
        case Frames():
            return decoded.pixels.nbytes
        case Waveform():
            return decoded.samples.nbytes
    return 0
