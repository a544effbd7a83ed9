"""The paper's Table 2 beside the same figures here: from published outputs in a folder, or from what is evaluated."""

from emoprefer_assets.reproduction._circumstances import circumstances, what_differed
from emoprefer_assets.reproduction._comparison import METRICS, compare
from emoprefer_assets.reproduction._own_home import own_home
from emoprefer_assets.reproduction._recordings import registry_of

__all__ = ["METRICS", "circumstances", "compare", "own_home", "registry_of", "what_differed"]
