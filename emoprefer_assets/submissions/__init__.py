"""Submissions to a competition: read strictly, kept with their history, screened; adversarial probes for judges."""

from emoprefer_assets.submissions._adversarial_probes import PROBE_KINDS, adversarial_probes
from emoprefer_assets.submissions._checking import read_submission
from emoprefer_assets.submissions._competition import Competition, CompetitionBook, Frozen, in_utc
from emoprefer_assets.submissions._folder import REPORT_SUFFIX, Submissions
from emoprefer_assets.submissions._model import KINDS, Decision, Kind, Known, Refused, Ruling, Version
from emoprefer_assets.submissions._screening import screen

__all__ = [
    "KINDS",
    "PROBE_KINDS",
    "REPORT_SUFFIX",
    "Competition",
    "CompetitionBook",
    "Decision",
    "Frozen",
    "Kind",
    "Known",
    "Refused",
    "Ruling",
    "Submissions",
    "Version",
    "adversarial_probes",
    "in_utc",
    "read_submission",
    "screen",
]
