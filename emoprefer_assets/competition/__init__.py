"""The board of a competition: published with or without the hidden clips, frozen, archived, and rebuilt elsewhere."""

from emoprefer_assets.competition._archive import archive, rebuild
from emoprefer_assets.competition._freezing import check_frozen, freeze
from emoprefer_assets.competition._standings import Standings, draw_hidden, standings

__all__ = ["Standings", "archive", "check_frozen", "draw_hidden", "freeze", "rebuild", "standings"]
