"""Curricula that ship, with their words in English and Spanish (docs/curricula.md)."""
