"""One pass of the engine: every idempotent question in order, each by itself, each with its heartbeat."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from rejoin.attendance.sweep import sweep_sessions
from rejoin.common import clock
from rejoin.common.actors import ENGINE
from rejoin.common.rows import execute
from rejoin.followup.hearing import sweep_messages, sweep_replies
from rejoin.followup.makeups import sweep_make_up_requests
from rejoin.followup.measures import sweep_concerns
from rejoin.followup.nudging import sweep_nudges
from rejoin.followup.offered import heard_from, sweep_offered
from rejoin.followup.patterns import sweep_patients
from rejoin.followup.sweep import sweep_cases, sweep_statuses
from rejoin.followup.ways_back import sweep_ways_back
from rejoin.insights.parameters import sweep_parameters
from rejoin.insights.risk import sweep_risk
from rejoin.insights.sweep import sweep_measures
from rejoin.makeups.ledgers import sweep_ledgers
from rejoin.makeups.sweep import sweep_offers
from rejoin.outreach.channels.port import Channel
from rejoin.outreach.inbox import read_deliveries
from rejoin.outreach.sending import give_up_waiting, look_up_unsure, send_due, worker_name
from rejoin.rooms.sweep import read_events

log = logging.getLogger("rejoin.engine")
MOST_BATCHES = 200
"""Of one part in one pass: a flood of one kind does not keep the others waiting for ever."""
NIGHTLY = frozenset({"insights.risk", "insights.parameters"})
"""Of these one program a pass: the night of a large one takes seconds, and before the next one everything else is asked."""

PARTS: tuple[tuple[str, Callable[[datetime], int]], ...] = (
    ("rooms.read", lambda now: read_events(now=now)),
    ("outreach.read", lambda now: read_deliveries(now=now)),
    ("attendance.sessions", lambda now: sweep_sessions(now=now)),
    ("makeups.ledgers", lambda now: sweep_ledgers(now=now)),
    ("makeups.offers", lambda now: sweep_offers(now=now, heard_from=heard_from)),
    ("followup.statuses", lambda now: sweep_statuses(now=now)),
    ("followup.nudges", lambda now: sweep_nudges(now=now)),
    ("followup.messages", lambda now: sweep_messages(now=now)),
    ("followup.replies", lambda now: sweep_replies(now=now)),
    ("followup.cases", lambda now: sweep_cases(now=now)),
    ("followup.patients", lambda now: sweep_patients(now=now)),
    ("followup.make_ups", lambda now: sweep_make_up_requests(now=now)),
    ("followup.ways_back", lambda now: sweep_ways_back(now=now)),
    ("followup.offered", lambda now: sweep_offered(now=now)),
    ("followup.concerns", lambda now: sweep_concerns(now=now)),
    ("insights.measures", lambda now: sweep_measures(now=now)),
    ("insights.risk", lambda now: sweep_risk(now=now)),
    ("insights.parameters", lambda now: sweep_parameters(now=now)),
)
ANOTHER_TIME = ("40001", "40P01", "55P03")
"""Two transactions in each other's way (serialization, deadlock, lock): the next pass asks again."""
SENDING = "outreach.send"
BEAT = """
INSERT INTO common_heartbeat (part, worker, at, beat_at) VALUES (%s, %s, %s, clock_timestamp())
    ON CONFLICT (part, worker) DO UPDATE SET at = excluded.at, beat_at = excluded.beat_at
"""


def run_pass(now: datetime | None = None) -> int:
    """Ask every question until it has no answer left. Returns how many rows were worked on.

    A part that fails outright does not stop the others; without its heartbeat the health check fails.
    """
    done = 0
    for name, part in PARTS:
        done += _run_part(name, part, now)
    return done


def run_sending(channels: Mapping[str, Channel], now: datetime | None = None) -> int:
    """Send what is due, and find out about what nobody was sure of."""

    def part(at: datetime) -> int:
        give_up_waiting(by=ENGINE, at=at)
        look_up_unsure(now=at, channels=channels)
        return send_due(now=at, channels=channels)

    return _run_part(SENDING, part, now)


def read_rooms(now: datetime | None = None) -> int:
    """Read what rooms have reported, and nothing else. No heartbeat: that tells of whole passes."""
    return _run_part("rooms.read", read_events, now, tell=lambda *_: None)


def beat(part: str, at: datetime) -> None:
    """Say that this worker has finished a pass of `part`."""
    with transaction.atomic():
        execute(BEAT, [part, worker_name(), at])


def _run_part(
    name: str,
    part: Callable[[datetime], int],
    now: datetime | None,
    *,
    tell: Callable[[str, datetime], None] = beat,
) -> int:
    done = 0
    try:
        for _ in range(1 if name in NIGHTLY else MOST_BATCHES):
            at = now or clock.now()
            did = part(at)
            done += did
            if not did:
                break
        tell(name, at)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in ANOTHER_TIME:
            raise
        log.warning("engine.part_waits", extra={"code": name})
    except InterfaceError:
        raise
    except Exception:  # the other parts must not wait for this one
        log.exception("engine.part_failed", extra={"code": name})
    return done
