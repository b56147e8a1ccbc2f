"""Estimates from files (docs/contracts/progress.md, risk.md): what is read, which model answers, what is written."""
