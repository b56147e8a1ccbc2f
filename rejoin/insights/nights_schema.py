"""Nights that failed are the engine's own, and no page shows them: `rejoin doctor` does."""

MARKERS = ("insights_postponed",)
