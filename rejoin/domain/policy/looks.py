"""When a session is worth looking at: the instants at which something may have to happen by itself."""

from datetime import datetime, timedelta

from rejoin.domain.attendance import Session
from rejoin.domain.policy.document import AfterOffset, Policy

# Somebody absent is noticed this long after the start at the latest, whatever the ladder says. Ours.
NOTICED_WITHIN = timedelta(minutes=15)
# A connection takes a moment: nobody is absent at the stroke of the hour. Ours.
SETTLING_IN = timedelta(minutes=1)


def noticed_at(session: Session, *, policy: Policy) -> datetime:
    """When a patient who has not been seen counts as missing, for now: at the first rung of a ladder,
    and never inside the grace."""
    outreach = policy.outreach
    offsets = [
        rule.due.offset
        for rule in (*outreach.standard, *outreach.elevated)
        if isinstance(rule.due, AfterOffset) and not rule.due.from_end
    ]
    first = max(min(offsets, default=NOTICED_WITHIN), policy.presence.grace, SETTLING_IN)
    return min(session.starts_at + min(first, NOTICED_WITHIN), session.ends_at)


def next_look_at(session: Session, *, policy: Policy, now: datetime) -> datetime | None:
    """The next instant at which the clock alone changes what is known of the session; None: never."""
    ahead = (session.starts_at, noticed_at(session, policy=policy), session.ends_at)
    return min((each for each in ahead if each > now), default=None)
