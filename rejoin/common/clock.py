"""The one clock the program runs on: the database's, so that machines with wrong clocks agree."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """This instant, aware and UTC: the database's clock, or the simulated one while there is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rejoin_now()")
        (shown_at,) = cursor.fetchone()
    if not isinstance(shown_at, datetime):
        raise TypeError("the database tells no time")
    return shown_at


def simulate(*, shown_at: datetime, rate: float) -> None:
    """Run the program's clock from `shown_at` on, `rate` times as fast as the real one."""
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO common_simulatedclock ("only", real_at, shown_at, rate) '
            'VALUES (true, clock_timestamp(), %s, %s) ON CONFLICT ("only") DO UPDATE '
            "SET real_at = excluded.real_at, shown_at = excluded.shown_at, rate = excluded.rate",
            [shown_at, rate],
        )


def run_on_real_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM common_simulatedclock")
