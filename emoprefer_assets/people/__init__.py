"""People vote here: studies, who is asked what, the voting page, and the votes."""

from emoprefer_assets.people._export import Exported, export_votes, take_record
from emoprefer_assets.people._page import write_file_page
from emoprefer_assets.people._starting import write_study
from emoprefer_assets.people.annotators import Invitation, invite, invited
from emoprefer_assets.people.study import Plan, Study, read_plan, read_study
from emoprefer_assets.people.votes import Answer, Votes
from emoprefer_assets.people.voting import Voting

__all__ = [
    "Answer",
    "Exported",
    "Invitation",
    "Plan",
    "Study",
    "Votes",
    "Voting",
    "export_votes",
    "invite",
    "invited",
    "read_plan",
    "read_study",
    "take_record",
    "write_file_page",
    "write_study",
]
