"""The queue's part: wake-ups. What has to be done is found by asking, so a job lost or doubled costs nothing."""

from functools import lru_cache

from django.conf import settings
from procrastinate.contrib.django import app

from rejoin.common.wakes import LOOK, SEND
from rejoin.outreach.channels.choose import channels_in_force
from rejoin.outreach.channels.port import Channel


@lru_cache(maxsize=1)
def _channels() -> dict[str, Channel]:
    return channels_in_force(settings.CHANNEL_SETTINGS)


@app.periodic(cron="* * * * * *")
@app.task(name="engine.tick", queue="engine", queueing_lock="engine.tick")
def tick(timestamp: int) -> None:  # noqa: ARG001 - the queue says when; the clock is the database's
    """Every second: the safety net under every wake-up."""
    from rejoin.followup.engine import run_pass

    run_pass()


@app.periodic(cron="* * * * * *")
@app.task(name="sending.tick", queue="sending", queueing_lock="sending.tick")
def send_tick(timestamp: int) -> None:  # noqa: ARG001 - as above
    """Every second: whatever is due to go out, and whatever nobody was sure of."""
    from rejoin.followup.engine import run_sending

    run_sending(_channels())


@app.task(name=LOOK, queue="engine")
def look() -> None:
    """Something came in: look now and not in a second."""
    from rejoin.followup.engine import run_pass

    run_pass()


@app.task(name=SEND, queue="sending")
def send() -> None:
    """Something is to go out now."""
    from rejoin.followup.engine import run_sending

    run_sending(_channels())


@app.periodic(cron="* * * * *")
@app.task(name="queue.rescue", queue="engine", queueing_lock="queue.rescue", pass_context=True)
async def rescue(context, timestamp: int) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001, ARG001
    """Jobs of workers that died are given to others."""
    for job in await context.app.job_manager.get_stalled_jobs():
        await context.app.job_manager.retry_job(job)
