"""Dagster's runs: which wait for which, what becomes of those whose process died, and how long they are kept.

dagster.yaml names the classes of the modules here.
"""
