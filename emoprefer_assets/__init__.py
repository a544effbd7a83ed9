"""EmoPrefer Assets: judge emotion descriptions with people, models and honest baselines."""
