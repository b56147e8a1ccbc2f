"""Sweeps: claim what is due, do it in one transaction, and let no poisoned row stop the rest.

The shape is that of healthchecks' `sendalerts` (BSD-3), a batch at a time: whatever fails as a batch
is halved until one row is left that fails by itself; that one is pushed forward and told.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction

log = logging.getLogger("rejoin.sweep")
FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(minutes=15)

Claim = Callable[[Sequence[int] | None], list[int]]
"""Locks and returns due rows: any, or only those given."""
Do = Callable[[list[int]], None]
PushForward = Callable[[int, str], None]


def work_through(*, name: str, claim: Claim, do: Do, push_forward: PushForward) -> int:
    """One batch of due rows. Returns how many were claimed; what failed has been pushed forward.

    A lost database is nobody's poison: it is raised, and the whole batch stays due.
    """
    claimed: list[int] = []
    try:
        with transaction.atomic():
            claimed = claim(None)
            if claimed:
                do(claimed)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if not claimed:
            raise  # the claim itself: there is no row to blame
        # Whatever it is, the other rows must not wait for it.
        if len(claimed) > 1:
            log.warning("sweep.batch_failed", extra={"code": name, "row_count": len(claimed)})
        _halve(name, claimed, error, claim, do, push_forward)
    return len(claimed)


def backoff(failures: int) -> timedelta:
    """How long to leave a failing row alone."""
    return min(FIRST_BACKOFF * int(2 ** min(failures, 10)), LONGEST_BACKOFF)


def _halve(
    name: str, rows: Sequence[int], error: Exception, claim: Claim, do: Do, push_forward: PushForward
) -> None:
    """Rows that failed together with `error`. One that failed alone is not tried again now: its work may be heavy."""
    if len(rows) == 1:
        _tell(name, rows[0], error, push_forward)
        return
    middle = len(rows) // 2
    for half in (rows[:middle], rows[middle:]):
        try:
            with transaction.atomic():
                held = claim(half)
                if held:
                    do(held)
        except (OperationalError, InterfaceError):
            raise
        except Exception as again:  # noqa: BLE001 - as above; it is told once it is alone
            _halve(name, half, again, claim, do, push_forward)


def _tell(name: str, row: int, error: Exception, push_forward: PushForward) -> None:
    """By its type: a message may hold what no log may."""
    log.error("sweep.row_failed", extra={"code": name, "row_id": row}, exc_info=error)
    with transaction.atomic():
        push_forward(row, type(error).__name__)
