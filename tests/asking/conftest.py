from __future__ import annotations

from pathlib import Path

import pytest

from emoprefer_assets.settings import Settings


@pytest.fixture
def data_folder(evaluated_four_pairs: Settings) -> Path:
    """The four pairs in use, with everything up to date: what a test adds is all that its evaluation makes."""
    return evaluated_four_pairs.data_dir
