"""What a competition's participants hand in: read strictly, kept with its history, screened."""

from emoprefer_assets.submissions._checking import MAX_DESCRIPTION_CHARACTERS, read_submission
from emoprefer_assets.submissions._folder import Submissions
from emoprefer_assets.submissions._model import KINDS, Kind, Known, Refused, Release, Version

__all__ = [
    "KINDS",
    "MAX_DESCRIPTION_CHARACTERS",
    "Kind",
    "Known",
    "Refused",
    "Release",
    "Submissions",
    "Version",
    "read_submission",
]
