"""What a role lets somebody do, and whose charts it lets them see.

Two questions, answered apart. *What* she may do is a right, held in a program by a role there. *Whose* chart she may
see is a relationship: some roles stand in one to every patient of their program, the others to their own patients
(care team, sessions they lead, cases and steps they own). The database keeps to the second by itself
(`programs/schema.py`): what a page forgets to ask, a row does not show.
"""

from datetime import timedelta
from types import MappingProxyType
from typing import Final

from rejoin.domain.kernel import Word
from rejoin.programs.vocabulary import Role


class Right(Word):
    """What somebody may do in a program."""

    FOLLOW_UP = "follow_up"
    """Record attempts and promises, hand cases over, end them, read what patients wrote."""
    ATTEST = "attest"
    """Say who was in a session."""
    CARE = "care"
    """Chart work of the care team: flags, contacts, consents, safety steps, tasks, thread."""
    SIGN_OFF = "sign_off"
    """Say that what a patient did by herself is enough, or let it go: whoever treats her, and nobody who keeps the lists."""
    SETTLE = "settle"
    """Say who an unmatched participant was."""
    SUPERVISE = "supervise"
    """Everything overdue; decide reviews; hand out cases of nobody."""
    PLAN = "plan"
    """Make-ups of the whole program: time made for them, extra sessions, plans, and what of a plan is offered."""
    GOVERN = "govern"
    """Publish policies, bring records in, take records out."""
    PRIVACY = "privacy"
    """The trail, and every glass that was broken."""


_TEAM: Final = frozenset({Right.FOLLOW_UP, Right.ATTEST, Right.CARE, Right.SIGN_OFF})
RIGHTS: Final = MappingProxyType(
    {
        Role.FACILITATOR: _TEAM,
        Role.COFACILITATOR: _TEAM,
        Role.COUNSELOR: _TEAM,
        Role.THERAPIST: _TEAM,
        Role.TEAM: _TEAM,
        Role.OUTREACH_WORKER: frozenset({Right.FOLLOW_UP, Right.CARE}),
        Role.COORDINATOR: frozenset({Right.FOLLOW_UP, Right.ATTEST, Right.CARE, Right.SETTLE, Right.PLAN}),
        Role.CLINICIAN: frozenset({*_TEAM, Right.SETTLE}),
        Role.SUPERVISOR: frozenset({*_TEAM, Right.SETTLE, Right.SUPERVISE, Right.PLAN}),
        Role.DIRECTOR: frozenset({Right.GOVERN, Right.SUPERVISE, Right.PLAN}),
        Role.PRIVACY_OFFICER: frozenset({Right.PRIVACY}),
        Role.BILLING: frozenset[Right](),
    }
)
"""By role. A role that is not named here may do nothing."""
WIDE: Final = (
    Role.COORDINATOR,
    Role.OUTREACH_WORKER,
    Role.CLINICIAN,
    Role.SUPERVISOR,
    Role.DIRECTOR,
    Role.TEAM,
)
"""Roles that stand in a relationship to every patient of their program: they answer for all of them."""
GUARDING: Final = tuple(role for role, held in RIGHTS.items() if Right.PRIVACY in held)
"""Roles that look after the trail."""
NEAR_BACK: Final = timedelta(days=30)
"""Whoever led a session, ended a case or did a step has more to say of it while the month's accounts are open: marks to
correct, a note to finish, a make-up to place. Ours."""
NEAR_AHEAD: Final = timedelta(days=14)
"""Whoever leads a session prepares for who comes to it, and for the next one: two meetings of a weekly group. Ours."""


def rights_of(role: str) -> frozenset[Right]:
    """What `role` lets somebody do."""
    return RIGHTS.get(Role(role), frozenset())
