"""Reading a data set's folder, in whichever of the three layouts it is."""

from emoprefer_assets.datasets._layouts import read_data_set
from emoprefer_assets.datasets._media import SUFFIXES, bare_name, media_by_name
from emoprefer_assets.datasets._model import (
    BATTLE_COLUMNS,
    BATTLE_VOTES,
    QUALIFICATION_ITEMS,
    QUALIFYING_PERCENT,
    VOTE_DETAILS,
    DataSet,
    data_set_version,
    is_empty,
    media_files,
    pair_id_of,
    table_files,
)

__all__ = [
    "BATTLE_COLUMNS",
    "BATTLE_VOTES",
    "QUALIFICATION_ITEMS",
    "QUALIFYING_PERCENT",
    "SUFFIXES",
    "VOTE_DETAILS",
    "DataSet",
    "bare_name",
    "data_set_version",
    "is_empty",
    "media_by_name",
    "media_files",
    "pair_id_of",
    "read_data_set",
    "table_files",
]
