"""Outcomes with their evidence, attestations and corrections."""
