"""Submissions to a competition: read strictly, kept with their history, screened, and canaries for their judges."""

from emoprefer_assets.submissions._canaries import CANARY_KINDS, canaries
from emoprefer_assets.submissions._checking import MAX_DESCRIPTION_CHARACTERS, read_submission
from emoprefer_assets.submissions._folder import Submissions
from emoprefer_assets.submissions._model import KINDS, Kind, Known, Refused, Release, Version
from emoprefer_assets.submissions._screening import SEVERITIES, screen

__all__ = [
    "CANARY_KINDS",
    "KINDS",
    "MAX_DESCRIPTION_CHARACTERS",
    "SEVERITIES",
    "Kind",
    "Known",
    "Refused",
    "Release",
    "Submissions",
    "Version",
    "canaries",
    "read_submission",
    "screen",
]
