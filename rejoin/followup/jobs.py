"""The queue's part: wake-ups. What has to be done is found by asking, so a job lost or doubled costs nothing.

Nothing here is periodic: a worker looks every second by itself (operations.working).
"""

from functools import lru_cache

from django.conf import settings
from procrastinate.contrib.django import app

from rejoin.common.wakes import LOOK, SEND
from rejoin.outreach.channels.choose import channels_in_force
from rejoin.outreach.channels.port import Channel


@lru_cache(maxsize=1)
def _channels() -> dict[str, Channel]:
    return channels_in_force(settings.CHANNEL_SETTINGS)


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
