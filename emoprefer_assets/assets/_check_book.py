"""What the last checks of each judge's tables found, whether or not the table was replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from filelock import FileLock

from emoprefer_assets.checks import CheckOutcome, checks_of
from emoprefer_assets.store import Journal


@dataclass(frozen=True)
class CheckBook:
    """A blocking check guards only its own run and keeps the old table: whoever reads that later has to be told.

    Attributes:
        journal: a line each time that a judge's table fares otherwise than the last time: judge, table, and what is
            said of each check that failed.
    """

    journal: Journal

    def note(self, judge: str, table: str, outcomes: Sequence[CheckOutcome]) -> None:
        """Put on record how the checks of a judge's table ended, if they ended otherwise than the last time."""
        failed = {outcome.check.name: outcome.summary for outcome in outcomes if not outcome.passed}
        self.journal.file.parent.mkdir(parents=True, exist_ok=True)
        # Judges are evaluated side by side.
        with FileLock(self.journal.file.with_suffix(".lock")):
            if self._last().get((judge, table)) != failed:
                self.journal.mend()
                self.journal.append([{"judge": judge, "table": table, "failed": failed}])

    def version(self) -> str:
        """Changes when the last outcome of a check does."""
        last = sorted(self._last().items())
        return hashlib.blake2b(json.dumps(last, sort_keys=True).encode(), digest_size=12).hexdigest()

    def outcomes(self) -> pd.DataFrame:
        """The last outcome of every check: columns judge, table_name, check_name, severity, passed, says."""
        rows = [
            (judge, table, check.name, check.severity.value.lower(), check.name not in failed, failed.get(check.name))
            for (judge, table), failed in sorted(self._last().items())
            for check in checks_of(table)
        ]
        return pd.DataFrame(rows, columns=["judge", "table_name", "check_name", "severity", "passed", "says"])

    def _last(self) -> dict[tuple[str, str], dict[str, str]]:
        return {(entry["judge"], entry["table"]): entry["failed"] for _, entry in self.journal.entries()}
