"""The board of a competition: published with or without the hidden clips, frozen, archived, and rebuilt elsewhere."""
