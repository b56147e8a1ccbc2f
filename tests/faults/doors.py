"""Those who knock at the web's doors: the video service, that tells again what nobody took, and the text vendor."""

import json
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from enum import Enum
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from rejoin.rooms.fake import PATH, Webhook, headers_of
from rejoin.rooms.inbox import LARGEST_WEBHOOK
from tests.faults.crew import ROOM_SECRET
from tests.faults.script import Text

AGAIN_AFTER_SECONDS = 0.15
ANSWER_WITHIN_SECONDS = 5
SENDERS = 4
GIVES_UP_AFTER_SECONDS = 120
AT_ONCE = datetime.min.replace(tzinfo=UTC)


class Posted(Enum):
    """What became of a request."""

    TAKEN = "taken"
    REFUSED = "refused"
    LOST = "lost"


class Knock(NamedTuple):
    """A webhook of the video service, and whether it should be let in."""

    body: bytes
    genuine: bool = True
    oversize: bool = False


class Rooms:
    """The video service: posts from several lines at once until each is taken."""

    def __init__(self, web: str) -> None:
        self.web = urlsplit(web)
        self.told_again = 0
        self.refused = 0
        self._lines = threading.local()

    def deliver(self, knocks: Sequence[Knock]) -> None:
        """Returns when every one of them was answered for good."""
        if not knocks:
            return
        with ThreadPoolExecutor(SENDERS) as senders:
            list(senders.map(self._insist, knocks))

    def _insist(self, knock: Knock) -> None:
        give_up_at = time.monotonic() + GIVES_UP_AFTER_SECONDS
        while (posted := self._post(knock)) is Posted.LOST:
            if time.monotonic() > give_up_at:
                raise TimeoutError("the web took nothing for two minutes")
            self.told_again += 1
            time.sleep(AGAIN_AFTER_SECONDS)
        if (posted is Posted.REFUSED) is (knock.genuine and not knock.oversize):
            raise AssertionError(
                f"a webhook was {posted.value}: genuine={knock.genuine} oversize={knock.oversize}"
            )
        self.refused += posted is Posted.REFUSED

    def _post(self, knock: Knock) -> Posted:
        body = knock.body + b" " * LARGEST_WEBHOOK if knock.oversize else knock.body
        headers = headers_of(Webhook(at=AT_ONCE, body=body, genuine=knock.genuine), secret=ROOM_SECRET)
        try:
            line = self._line()
            line.request("POST", PATH, body, headers)
            with line.getresponse() as answer:
                answer.read()
                return _judge(answer.status)
        except (OSError, HTTPException):
            self._hang_up()
            return Posted.LOST

    def _line(self) -> HTTPConnection:
        if getattr(self._lines, "open", None) is None:
            self._lines.open = HTTPConnection(
                self.web.hostname or "", self.web.port, timeout=ANSWER_WITHIN_SECONDS
            )
        line: HTTPConnection = self._lines.open
        return line

    def _hang_up(self) -> None:
        line = getattr(self._lines, "open", None)
        if line is not None:
            line.close()
            self._lines.open = None


class Mishaps(NamedTuple):
    """How many webhooks of each kind went wrong."""

    duplicated: int = 0
    reordered: int = 0
    forged: int = 0
    oversize: int = 0


def disturb(bodies: Sequence[bytes], chance: Random) -> tuple[list[Knock], Mishaps]:
    """The webhooks of a step as a bad day brings them: twice, out of order, beside forged and oversize ones."""
    knocks = [Knock(each) for each in bodies]
    twice = [each for each in knocks if chance.random() < 0.05]
    moved = [place for place in range(len(knocks)) if chance.random() < 0.05]
    for place in moved:
        other = chance.randrange(len(knocks))
        knocks[place], knocks[other] = knocks[other], knocks[place]
    for each in twice:
        knocks.insert(chance.randrange(len(knocks) + 1), each)
    forged = [Knock(_lie(each), genuine=False) for each in bodies if chance.random() < 0.004]
    large = [Knock(each, oversize=True) for each in bodies if chance.random() < 0.001]
    for each in (*forged, *large):
        knocks.insert(chance.randrange(len(knocks) + 1), each)
    return knocks, Mishaps(len(twice), len(moved), len(forged), len(large))


def in_order(bodies: Iterable[bytes]) -> list[Knock]:
    return [Knock(each) for each in bodies]


def receive_texts(vendor: str, texts: Iterable[Text]) -> None:
    """Patients text: the vendor takes it, and tells us."""
    for each in texts:
        parts = urlsplit(vendor)
        line = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        line.request("POST", "/_control/inbound", json.dumps({"from": each.phone, "body": each.body}))
        with line.getresponse() as answer:
            answer.read()
        line.close()


def post_form(url: str, fields: dict[str, str], signature: str) -> Posted:
    """A webhook of the text vendor."""
    parts = urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_WITHIN_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    try:
        line.request("POST", parts._replace(scheme="", netloc="").geturl(), urlencode(fields), headers)
        with line.getresponse() as answer:
            answer.read()
            return _judge(answer.status)
    except (OSError, HTTPException):
        return Posted.LOST
    finally:
        line.close()


def _judge(status: int) -> Posted:
    if 200 <= status < 300:
        return Posted.TAKEN
    return Posted.REFUSED if 400 <= status < 500 else Posted.LOST


def _lie(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "event": "participant_left", "id": "EV_lie"}).encode()
