"""Policies as documents: facts in, what is owed by whom and when, and the rule that says so, out."""

from rejoin.domain.policy.book import PolicyBook, make_book
from rejoin.domain.policy.document import Policy
from rejoin.domain.policy.ladder import Attempt, Consent, Reach
from rejoin.domain.policy.lint import Finding, lint_policy
from rejoin.domain.policy.overlay import Overlay, read_overlay
from rejoin.domain.policy.patient import FollowUp, PatientFacts, fire_triggers, follow_patient, follow_seat
from rejoin.domain.policy.reading import InvalidPolicy, read_policy

__all__ = [
    "Attempt",
    "Consent",
    "Finding",
    "FollowUp",
    "InvalidPolicy",
    "Overlay",
    "PatientFacts",
    "Policy",
    "PolicyBook",
    "Reach",
    "fire_triggers",
    "follow_patient",
    "follow_seat",
    "lint_policy",
    "make_book",
    "read_overlay",
    "read_policy",
]
