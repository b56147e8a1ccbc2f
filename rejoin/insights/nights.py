"""What the engine does once a night for each program, by the program's own wall clock, and what becomes of a night that fails.

A program that cannot be worked on is pushed forward, a little longer each time, as any poisoned row is
(`common/sweeping`): it keeps no other from its night, and the health check names it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final, Protocol

from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.insights.vocabulary import Nightly

AFTER_MIDNIGHT: Final = timedelta(hours=3)
"""After the program's midnight: what was held in the evening is decided by then."""
TONIGHT: Final = "(%(night)s::timestamptz AT TIME ZONE program.timezone)::date"
"""The day that has begun on the program's wall when its latest night came."""
CLAIMABLE: Final = """
(%(only)s::bigint[] IS NULL OR program.id = ANY(%(only)s))
   AND NOT EXISTS (SELECT FROM insights_postponed AS failed WHERE failed.program_id = program.id AND failed.work = %(work)s
                      AND failed.failures > 0 AND failed.next_try_at > %(now)s)
"""
"""The program is asked for, and not pushed forward."""
FAILED: Final = "SELECT failures FROM insights_postponed WHERE program_id = %s AND work = %s"
PUSH: Final = """
INSERT INTO insights_postponed AS failed (program_id, work, failures, error, next_try_at) VALUES (%s, %s, 1, %s, %s)
    ON CONFLICT (program_id, work) DO UPDATE
   SET failures = least(failed.failures + 1, 1000), error = excluded.error, next_try_at = excluded.next_try_at
"""
DONE: Final = "UPDATE insights_postponed SET failures = 0, error = '' WHERE program_id = %s AND work = %s AND failures > 0"
WHEN: Final = f"""
SELECT program.timezone, {TONIGHT} FROM programs_program AS program WHERE program.id = %(program)s
"""  # noqa: S608 - our own expression


class Work(Protocol):
    """One program's night."""

    def __call__(self, *, program: int, by: Actor, at: datetime) -> object: ...


def sweep_night(work: Nightly, due: str, do: Work, *, model: str, now: datetime) -> int:
    """One program whose night has come. Returns how many there were: one or none.

    `due` selects and locks the id of one program; it holds `CLAIMABLE`.
    """

    def claim(only: object) -> list[int]:
        asked = {"night": now - AFTER_MIDNIGHT, "model": model, "work": work.value, "now": now, "only": only}
        return [row[0] for row in select(due, asked)]

    def do_them(programs: list[int]) -> None:
        for program in programs:
            do(program=program, by=ENGINE, at=now)
            execute(DONE, [program, work.value])

    return work_through(
        name=f"insights.{work.value}", claim=claim, do=do_them, push_forward=_push_forward(work, now)
    )


def night_of(program: int, at: datetime) -> tuple[str, date]:
    """The program's time zone, and the day that began there with its latest night."""
    ((zone, until),) = select(WHEN, {"night": at - AFTER_MIDNIGHT, "program": program})
    return zone, until


def _push_forward(work: Nightly, now: datetime) -> Callable[[int, str], None]:
    def push(program: int, error: str) -> None:
        so_far = select(FAILED, [program, work.value])
        until = now + backoff(so_far[0][0] if so_far else 0)
        execute(PUSH, [program, work.value, error[:200], until])

    return push
