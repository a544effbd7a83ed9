"""Submissions to a competition: read strictly, kept with their history, screened; adversarial probes for judges."""

from emoprefer_assets.submissions._adversarial_probes import PROBE_KINDS, adversarial_probes
from emoprefer_assets.submissions._checking import MAX_DESCRIPTION_CHARACTERS, read_submission
from emoprefer_assets.submissions._folder import Submissions
from emoprefer_assets.submissions._model import KINDS, Kind, Known, Refused, Release, Version
from emoprefer_assets.submissions._screening import SEVERITIES, screen

__all__ = [
    "KINDS",
    "MAX_DESCRIPTION_CHARACTERS",
    "PROBE_KINDS",
    "SEVERITIES",
    "Kind",
    "Known",
    "Refused",
    "Release",
    "Submissions",
    "Version",
    "adversarial_probes",
    "read_submission",
    "screen",
]
