"""Estimates from files (docs/contracts/estimates.md): what is read, which model answers, what is written."""
