"""Measures: what a program asks and how often, what is due, what was answered, and what nobody knows and why."""
