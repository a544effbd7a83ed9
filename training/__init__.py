"""Trains the tiny judges of `data/models` on rendered scenarios: `python -m training`."""
