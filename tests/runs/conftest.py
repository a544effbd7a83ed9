import pytest

from emoprefer_assets.runs.records import dagster_records
from tests.conftest import Records


@pytest.fixture
def records() -> Records:
    """On disk, where another process finds them."""
    return dagster_records
