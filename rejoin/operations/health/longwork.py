"""Whether somebody does what people asked for: imports, exports, replays."""

from typing import Final

from rejoin.common.rows import select
from rejoin.operations.health.report import Answer, Moment, counted, named, not_well, well

PATIENCE_SECONDS: Final = 60
# A worker does one at a time: while one gives signs of life, the others may wait.
WAITING: Final = """
SELECT id FROM longwork_work
 WHERE state = 'queued' AND asked_at < %s AND NOT EXISTS (
       SELECT FROM longwork_work WHERE state = 'running' AND beat_at > clock_timestamp() - interval '40 seconds')
 UNION ALL
SELECT id FROM longwork_work WHERE state = 'running' AND beat_at < clock_timestamp() - interval '90 seconds'
 ORDER BY 1
"""


def check_long_work(moment: Moment) -> Answer:
    """None waits for longer than a minute while nobody is at another."""
    found = [number for (number,) in select(WAITING, [moment.ago(PATIENCE_SECONDS)])]
    if not found:
        return well("No import, export or replay waits for a worker.")
    return not_well(
        f"{counted(len(found), 'piece')} of long work waiting, and nobody does any.",
        do="Start a worker (rejoin work). Where one runs, its log says what keeps it: longwork.failed, work.look_failed.",
        count=len(found),
        ids=named("work", found),
    )
