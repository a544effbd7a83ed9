"""The folder that submissions are dropped into, and what became of them."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from emoprefer_assets.display import in_message
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.files import replaced_atomically
from emoprefer_assets.names import DISQUALIFIED, RELEASED
from emoprefer_assets.submissions._checking import checked_table
from emoprefer_assets.submissions._model import (
    KINDS,
    Decision,
    Kind,
    Known,
    Refused,
    Ruling,
    Version,
    late_problems,
    name_problems,
)
from emoprefer_assets.submissions._register import Register
from emoprefer_assets.submissions._unpacking import read_bytes

LOCK_SECONDS = 60
# What copying programs, browsers and editors call a file that is not finished.
UNFINISHED_PREFIXES = (".", "~")
UNFINISHED_SUFFIXES = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".swp", "~")
MAX_NAME_BYTES = 200
# Behind the name of a refused file.
REPORT_SUFFIX = ".report.txt"
# A file from further in the future was dropped before the clock was set back; it would wait until that comes again.
CLOCK_SECONDS = 60.0


class Submissions:
    """A folder with `systems/` and `judges/` to drop files into.

    Refused files go to `rejected/`, each beside its report; accepted ones stand byte for byte in `accepted/` under
    their SHA-256; `register.jsonl` says who is who. Several processes may work on it at once, and one that is killed
    at any point leaves it so that the next call goes on: a file leaves the drop folder after all else is on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._register = Register(folder / "register.jsonl")

    def prepare(self) -> None:
        """Make the folders, where they are not there yet."""
        for name in ("systems", "judges", "rejected", "accepted"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def waiting(self, quiet_seconds: float) -> tuple[Path, ...]:
        """Dropped files that nobody has touched for `quiet_seconds`, oldest first.

        Unfinished files by their names (`.x`, `~x`, `x.part`, ...) and folders are left alone.
        """
        now, found = time.time(), []
        for kind in KINDS:
            folder = self._dropped(kind)
            for file in folder.iterdir() if folder.is_dir() else ():
                lowered = file.name.lower()
                if lowered.startswith(UNFINISHED_PREFIXES) or lowered.endswith(UNFINISHED_SUFFIXES):
                    continue
                try:
                    status = file.lstat()
                except FileNotFoundError:
                    continue
                # Copying may set the time of writing to any past or future; that of the last change cannot be set.
                age = now - status.st_ctime
                if not stat.S_ISDIR(status.st_mode) and (age >= quiet_seconds or age < -CLOCK_SECONDS):
                    found.append((status.st_mtime_ns, file))
        return tuple(file for _, file in sorted(found))

    def take(self, file: Path, known: Known) -> Version | Refused | None:
        """Accept or refuse a dropped file, and clear it away; its stem is the name.

        Returns:
            The version it is now (the newest one again where the bytes are the same), or why it was refused, or None
            where it is gone or changed while it was read: then it is left for the next time.
        """
        self.prepare()
        kind = self._kind_of(file)
        try:
            before = _signature(file)
            content = read_bytes(file, follow_links=False)
            problems, rows = _problems(file.name, content, kind, known)
        except FileNotFoundError:
            return None
        except Refused as refused:
            content, rows, problems = b"", 0, refused.problems
        with self._lock():
            if _signature(file) != before:
                return None
            # By the time of its last change, which is that of arrival.
            late = late_problems(before[-1] / 1e9, known) if before else []
            if problems := (*late, *name_problems(file.stem, kind, known, self.current(kind)), *problems):
                outcome = Refused(file.name, problems)
                self._reject(file, outcome)
                return outcome
            version = self._accept(file.name, content, kind, file.stem, rows)
            file.unlink(missing_ok=True)
            return version

    def submit(self, file: Path, kind: Kind, name: str, known: Known) -> Version:
        """Accept a file from anywhere; the file itself stays where it is.

        Raises:
            Refused: nothing was stored.
            FileNotFoundError: there is no such file.
        """
        late = late_problems(time.time(), known)
        content = read_bytes(file)
        problems, rows = _problems(file.name, content, kind, known)
        self.prepare()
        with self._lock():
            if problems := (*late, *name_problems(name, kind, known, self.current(kind)), *problems):
                raise Refused(file.name, problems)
            return self._accept(file.name, content, kind, name, rows)

    def versions(self) -> tuple[Version, ...]:
        """Every accepted version, oldest first."""
        return tuple(entry for entry in self._register.entries() if isinstance(entry, Version))

    def current(self, kind: Kind) -> dict[str, Version]:
        """The newest version by name."""
        return {version.name: version for version in self.versions() if version.kind == kind}

    def file_of(self, version: Version) -> Path:
        """The accepted file, byte for byte as it was handed in."""
        return self.folder / "accepted" / f"{version.hash}{Path(version.file).suffix.lower()}"

    def table(self, version: Version, known: Known) -> pd.DataFrame:
        """What `read_submission` gives for the accepted file.

        Raises:
            Refused: it no longer fits what is known, as when the data set has changed.
            EmopreferError: the file is gone or not what was accepted.
        """
        file = self.file_of(version)
        try:
            content = read_bytes(file)
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != version.hash:
            raise EmopreferError(
                f'{file}: gone or changed since {version.kind} "{version.name}" was accepted. Restore it from a copy.'
            )
        return checked_table(version.file, content, version.kind, known)

    def decide(self, what: Ruling, kind: Kind, name: str, by: str, note: str) -> Decision:
        """Put on record what is decided about the newest version of submission `name`.

        Raises:
            EmopreferError: there is no such submission.
        """
        self.prepare()
        with self._lock():
            current = self.current(kind)
            if name not in current:
                there = ", ".join(current) or "none"
                raise EmopreferError(f'no {kind} "{in_message(name)}" was submitted. Submitted {kind}s: {there}.')
            decision = Decision(what, kind, name, current[name].hash, by, _now(), note)
            self._register.append(decision)
            return decision

    def standing(self) -> dict[tuple[Kind, str], Decision]:
        """The decision that holds for the newest version of each submission, where there is one."""
        about: dict[tuple[Kind, str, str], Decision] = {}
        barred: dict[tuple[Kind, str], Decision] = {}
        newest: dict[tuple[Kind, str], str] = {}
        for entry in self._register.entries():
            key = (entry.kind, entry.name)
            if isinstance(entry, Version):
                newest[key] = entry.hash
                continue
            about[*key, entry.hash] = entry
            if entry.what == DISQUALIFIED:
                barred[key] = entry
            elif entry.what == RELEASED:
                barred.pop(key, None)
        found = {key: barred.get(key) or about.get((*key, content)) for key, content in newest.items()}
        return {key: decision for key, decision in found.items() if decision}

    def refused(self) -> tuple[Path, ...]:
        """The reports on refused files, oldest first."""
        reports = (self.folder / "rejected").glob(f"*{REPORT_SUFFIX}")
        return tuple(sorted(reports, key=lambda file: file.stat().st_mtime_ns))

    def content_version(self) -> str:
        """Changes when a version is accepted and when something is decided."""
        return self._register.version()

    def _dropped(self, kind: Kind) -> Path:
        return self.folder / f"{kind}s"

    def _kind_of(self, file: Path) -> Kind:
        for kind in KINDS:
            if file.parent.resolve() == self._dropped(kind).resolve():
                return kind
        raise EmopreferError(
            f"{file}: not in {self._dropped('system')} or {self._dropped('judge')}. Submit it instead."
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            with FileLock(self.folder / "register.lock", timeout=LOCK_SECONDS):
                yield
        except Timeout:
            raise EmopreferError(
                f"{self.folder}: another process has been taking submissions for {LOCK_SECONDS} s. Run again."
            ) from None

    def _accept(self, file: str, content: bytes, kind: Kind, name: str, rows: int) -> Version:
        newest = self.current(kind).get(name)
        digest = hashlib.sha256(content).hexdigest()
        if newest is not None and newest.hash == digest:
            return newest
        file = os.fsencode(file).decode("utf-8", "backslashreplace")
        version = Version(kind, name, digest, file, rows, _now())
        _write_durably(self.file_of(version), content)
        self._register.append(version)
        return version

    def _reject(self, file: Path, refused: Refused) -> None:
        target = self._free_name(self.folder / "rejected", file.name)
        _write_durably(target.with_name(f"{target.name}{REPORT_SUFFIX}"), f"{refused}\n".encode())
        with suppress(FileNotFoundError):
            file.rename(target)

    def _free_name(self, folder: Path, name: str) -> Path:
        stem, suffix = Path(name).stem, Path(name).suffix
        if len(os.fsencode(name)) > MAX_NAME_BYTES:
            stem, suffix = hashlib.sha256(os.fsencode(name)).hexdigest()[:16], ""
        number, target = 1, folder / f"{stem}{suffix}"
        while os.path.lexists(target):
            number += 1
            target = folder / f"{stem}-{number}{suffix}"
        return target


def _problems(file: str, content: bytes, kind: Kind, known: Known) -> tuple[tuple[str, ...], int]:
    """What is wrong with the content, and how many rows it has."""
    try:
        return (), len(checked_table(file, content, kind, known))
    except Refused as refused:
        return refused.problems, 0


def _signature(file: Path) -> tuple[int, ...] | None:
    """Changes when the file is written or replaced; None where it is gone."""
    try:
        status = file.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _write_durably(target: Path, content: bytes) -> None:
    """Write all of `target` or nothing. Needs the folder's lock."""
    with replaced_atomically(target, durable=True, alone=True) as part:
        part.write_bytes(content)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
