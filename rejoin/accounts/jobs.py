"""The queue's part: letters about accounts. One that is lost with its worker is asked for again by whoever misses it."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from rejoin.accounts.letters import TASK, Letter, deliver


@app.task(name=TASK, queue="sending", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def send_letter(letter: str, user_id: int | None) -> None:
    deliver(Letter(letter), user_id)
