"""From a file of any shape to the bytes of its one table. Nothing that a zip says of itself is believed."""

from __future__ import annotations

import errno
import io
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from emoprefer_assets.csv_tables import WORKBOOK, WORKBOOK_SUFFIXES
from emoprefer_assets.display import in_message
from emoprefer_assets.submissions._model import Refused

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
MAX_BYTES = 200_000_000
MAX_RATIO = 200
# A small file may well pack 1,000 to 1: the same sentence on every clip is no bomb.
RATIO_FREE_BYTES = 20_000_000
MAX_ENTRIES = 1_000
CHUNK_BYTES = 1_000_000
_ADDED_BY_SYSTEMS = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r")
_DOS_FOLDER = 0x10
_ENTRY_SIGNATURE = b"PK\x01\x02"
_ENCRYPTED = 0x1 | 0x40 | 0x2000


def read_bytes(file: Path, follow_links: bool = True) -> bytes:
    """The content of `file`, read once, from a regular file of at most `MAX_BYTES`.

    Raises:
        FileNotFoundError: it is not there (any more).
        Refused: a link, not a file, too large, or not readable.
    """
    try:
        # A pipe would block without O_NONBLOCK, and a dropped link could lead anywhere.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW))
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Refused(file.name, ["not a file. Hand in a file."])
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused(file.name, ["a link. Hand in the file itself."]) from None
        raise Refused(file.name, [f"cannot be read: {error.strerror}."]) from None
    if len(content) > MAX_BYTES:
        raise Refused(file.name, [f"larger than {MAX_BYTES / 1e6:.0f} MB. Hand in the table without other columns."])
    return content


def table_bytes(file: str, content: bytes) -> tuple[str, bytes]:
    """The suffix and the bytes of the table that `content` is, or that it holds as a zip.

    Args:
        file: the name of the file; its suffix says what it is.

    Raises:
        Refused: not one of `TABLE_SUFFIXES`, or a zip that holds anything but one of them.
    """
    suffix = Path(file).suffix.lower()
    if suffix == ".zip":
        return _only_table(file, content)
    if suffix in WORKBOOK_SUFFIXES:
        raise Refused(file, [f"{WORKBOOK}."])
    if suffix not in TABLE_SUFFIXES:
        raise Refused(
            file,
            [f'unknown kind of file "{in_message(suffix)}". Hand in {", ".join(TABLE_SUFFIXES)} or a .zip of one.'],
        )
    return suffix, content


def _only_table(file: str, content: bytes) -> tuple[str, bytes]:
    if content.count(_ENTRY_SIGNATURE) > MAX_ENTRIES:
        raise Refused(file, [f"a zip of more than {MAX_ENTRIES:,} entries. Zip the table alone."])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not _is_litter(entry)]
            problems = [problem for entry in entries for problem in _entry_problems(entry)]
            tables = [entry for entry in entries if Path(entry.filename).suffix.lower() in TABLE_SUFFIXES]
            if len(tables) > 1:
                names = ", ".join(f'"{in_message(entry.filename)}"' for entry in tables[:20])
                problems.append(f"a zip of {len(tables)} tables ({names}). Keep one.")
            elif not tables:
                problems.append(f"a zip without a table. Zip one {', '.join(TABLE_SUFFIXES)}.")
            if problems:
                raise Refused(file, problems)
            return Path(tables[0].filename).suffix.lower(), _unpacked(file, archive, tables[0], len(content))
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        RuntimeError,
        ValueError,
        OverflowError,
        struct.error,
    ) as error:
        raise Refused(file, [f"not a readable zip ({in_message(str(error))}). Zip the table again."]) from None


def _is_litter(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts or ("",)
    hidden = any(part.startswith((".", "~$", "@eaDir", "__MACOSX")) for part in parts) and not _leaves(entry)
    return hidden or parts[-1].lower() in _ADDED_BY_SYSTEMS or _is_plain_folder(entry)


def _is_plain_folder(entry: zipfile.ZipInfo) -> bool:
    # Some packers of Windows end a folder with a backslash, others give it no ending.
    called_so = entry.filename.endswith(("/", "\\")) and _file_type(entry) == 0
    is_folder = called_so or entry.external_attr & _DOS_FOLDER or _file_type(entry) == stat.S_IFDIR
    return bool(is_folder) and not entry.file_size and not _leaves(entry)


def _entry_problems(entry: zipfile.ZipInfo) -> list[str]:
    name = f'entry "{in_message(entry.orig_filename)}"'
    problems = []
    if _leaves(entry):
        problems.append(f"{name}: its path leaves the zip. Zip the table without folders.")
    if _file_type(entry) not in (0, stat.S_IFREG):
        problems.append(f"{name}: a link, not a file. Zip the table itself.")
    if entry.flag_bits & _ENCRYPTED:
        problems.append(f"{name}: encrypted. Zip it without a password.")
    elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Their unpackers take no limit: 4 kB could become hundreds of megabytes at once.
        problems.append(f"{name}: packed by method {entry.compress_type}. Use deflate, the usual one.")
    suffix = Path(entry.filename).suffix.lower()
    if suffix == ".zip":
        problems.append(f"{name}: a zip in the zip. Zip the table itself.")
    elif suffix in WORKBOOK_SUFFIXES:
        problems.append(f"{name}: {WORKBOOK}.")
    elif suffix not in TABLE_SUFFIXES:
        problems.append(f"{name}: not a table. Zip the table alone.")
    return problems


def _leaves(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename.replace("\\", "/")
    return name.startswith("/") or bool(PureWindowsPath(name).drive) or ".." in name.split("/") or "\0" in name


def _file_type(entry: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(entry.external_attr >> 16)


def _unpacked(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, packed: int) -> bytes:
    unpacked = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            unpacked += chunk
            if len(unpacked) > MAX_BYTES:
                raise Refused(
                    file, [f'entry "{in_message(entry.filename)}": more than {MAX_BYTES / 1e6:.0f} MB unpacked.']
                )
            if len(unpacked) > max(RATIO_FREE_BYTES, MAX_RATIO * packed):
                raise Refused(
                    file,
                    [
                        f'entry "{in_message(entry.filename)}": more than {MAX_RATIO} times its packed size, '
                        "as a zip bomb is. Hand in the table unzipped."
                    ],
                )
    return bytes(unpacked)
