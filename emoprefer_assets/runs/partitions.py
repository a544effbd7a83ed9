"""Each judge of the registry has its partition in Dagster, from the moment that the code location is loaded."""

from __future__ import annotations

import logging
import os
import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from emoprefer_assets.assets import JUDGE_PARTITIONS
from emoprefer_assets.errors import EmopreferError
from emoprefer_assets.intake import all_judges
from emoprefer_assets.runs.records import dagster_records
from emoprefer_assets.settings import Settings

log = logging.getLogger(__name__)


def make_partitions_known(settings: Settings) -> None:
    """Add the partitions that are missing; a retired judge keeps its own.

    Without DAGSTER_HOME nothing is done: what Dagster records then is thrown away when its command ends. A registry
    that cannot be read and a home that cannot be written are logged only: assets can still be looked at.

    Raises:
        EmopreferError: a newer version has written the home.
    """
    if not os.environ.get("DAGSTER_HOME"):
        return
    try:
        with dagster_records(settings) as instance:
            known = instance.get_dynamic_partitions(JUDGE_PARTITIONS)
            missing = [name for name in _judges(settings) if name not in known]
            if missing:
                instance.add_dynamic_partitions(JUDGE_PARTITIONS, missing)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        log.warning("judges that are new have no partition in Dagster yet: %s", error)


def _judges(settings: Settings) -> list[str]:
    try:
        return all_judges(settings).names
    except EmopreferError as error:
        log.warning("%s", error)
        return []
