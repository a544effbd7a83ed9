import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resilience.disks import mount

MEGABYTES = 160


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)
