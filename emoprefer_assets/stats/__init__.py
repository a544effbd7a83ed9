"""Metrics, agreement, voting and Bradley-Terry: plain functions on arrays, a module each."""
