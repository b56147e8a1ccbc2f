"""Rejoin: what happens when a patient misses a session."""

__version__ = "0.1.0"
