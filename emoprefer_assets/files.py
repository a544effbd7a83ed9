"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

# A process that was killed leaves what it had written; after so long nobody writes it any more.
ABANDONED_SECONDS = 24 * 3600.0
# What git puts in the place of a large file that it has not fetched: three lines.
LFS_POINTER, LFS_BYTES = b"version https://git-lfs.github.com/spec/", 1024


@contextmanager
def replaced_atomically(target: Path, durable: bool = False, alone: bool = False) -> Iterator[Path]:
    """A path to write a file or folder to, which takes the place of `target` when the block ends without an error.

    Args:
        durable: whether the file is on disk, and in its folder, before it takes the place.
        alone: whether nobody else can be writing `target`, as under a lock: what a killed process left goes at once.

    Raises:
        OSError: it could not be written, or `target` is a folder that holds something. `target` is as it was.
    """
    prefix = f".{target.name}.unfinished."
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{escape(prefix)}*"):
        # Another process may have finished and removed it meanwhile.
        with suppress(FileNotFoundError):
            if alone or left.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                rmtree(left, ignore_errors=True)
    # A folder of its own holds what is written beside it as well, such as the journal of a database.
    folder = Path(mkdtemp(prefix=prefix, dir=target.parent))
    try:
        part = folder / target.name
        yield part
        if durable:
            sync(part)
        part.replace(target)
        if durable:
            sync(target.parent)
    finally:
        rmtree(folder, ignore_errors=True)


def is_lfs_pointer(file: Path) -> bool:
    """Whether git has put a pointer in the place of the file."""
    return file.stat().st_size <= LFS_BYTES and file.read_bytes().startswith(LFS_POINTER)


def sync(path: Path) -> None:
    """Have the system write a file, or a folder's entries, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
