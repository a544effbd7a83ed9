"""People vote here: studies, who is asked what, the voting page, and the votes."""

from emoprefer_assets.people._battles import draw_battles, draw_from
from emoprefer_assets.people._export import Exported, export_votes, take_record
from emoprefer_assets.people._importing import MEANINGS, import_votes
from emoprefer_assets.people._label_studio_tasks import write_label_studio
from emoprefer_assets.people._page import write_file_page
from emoprefer_assets.people._starting import write_study
from emoprefer_assets.people._status import StudyStatus, study_status
from emoprefer_assets.people.annotators import invite, invited
from emoprefer_assets.people.importers import IMPORTERS, Names
from emoprefer_assets.people.study import Plan, read_plan, read_study
from emoprefer_assets.people.votes import Answer, Votes
from emoprefer_assets.people.voting import Voting

__all__ = [
    "IMPORTERS",
    "MEANINGS",
    "Answer",
    "Exported",
    "Names",
    "Plan",
    "StudyStatus",
    "Votes",
    "Voting",
    "draw_battles",
    "draw_from",
    "export_votes",
    "import_votes",
    "invite",
    "invited",
    "read_plan",
    "read_study",
    "study_status",
    "take_record",
    "write_file_page",
    "write_label_studio",
    "write_study",
]
