"""Triage of a folder: the product beside a record system and a video account a program already has."""
