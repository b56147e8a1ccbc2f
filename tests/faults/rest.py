"""Whether anything is left to do at this instant: asked of the database and of the vendor's ledger, never of the processes."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from twilio.request_validator import RequestValidator

from rejoin.common.rows import select
from rejoin.fakes.sms_vendor import ACCOUNT_SID, AUTH_TOKEN, OUR_NUMBER
from rejoin.outreach.inbox import UNREADABLE
from rejoin.outreach.sending import MOST_LOOK_UPS
from tests.faults.doors import Posted, post_form

LEFT = f"""
WITH clock AS (SELECT rejoin_now() AS now)
SELECT (SELECT count(*) FROM rooms_rawevent WHERE state IN ('new', 'failed') AND next_try_at <= now) AS events,
       (SELECT count(*) FROM rooms_revisit WHERE at <= now) AS revisits,
       (SELECT count(*) FROM outreach_vendordelivery WHERE read_at IS NULL AND error <> '{UNREADABLE}'
           AND (next_try_at IS NULL OR next_try_at <= now)) AS deliveries,
       (SELECT count(*) FROM attendance_watch WHERE next_look_at <= now) AS sessions,
       (SELECT count(*) FROM attendance_seatstatus WHERE NOT acted_on) AS statuses,
       (SELECT count(*) FROM outreach_message WHERE NOT acted_on AND about LIKE 'case:%%') AS messages,
       (SELECT count(*) FROM followup_case WHERE next_look_at <= now) AS cases,
       (SELECT count(*) FROM followup_patientwatch WHERE next_look_at <= now) AS patients,
       (SELECT count(*) FROM outreach_message WHERE state = 'queued' AND not_before <= now) AS queued,
       (SELECT count(*) FROM outreach_message WHERE state = 'sending') AS sending,
       (SELECT count(*) FROM outreach_message WHERE state = 'unknown' AND looked_up < {MOST_LOOK_UPS}) AS unsure
  FROM clock
"""
PARTS = (
    *("events", "revisits", "deliveries", "sessions", "statuses", "messages", "cases", "patients"),
    *("queued", "sending", "unsure"),
)
# What was put off because a vendor or a row of ours failed, or because news had to be acted on first: it is due a
# little later by the program's clock. What waits for the end of quiet hours is none of it.
PUT_OFF = """
SELECT min(at) FROM (
    SELECT not_before AS at FROM outreach_message
     WHERE state = 'queued' AND (error <> '' OR not_before <= rejoin_now() + interval '1 minute')
    UNION ALL SELECT next_try_at FROM rooms_rawevent WHERE state = 'failed'
    UNION ALL SELECT next_try_at FROM outreach_vendordelivery WHERE read_at IS NULL AND tries > 0
    UNION ALL SELECT at FROM rooms_revisit WHERE tries > 0
    UNION ALL SELECT next_look_at FROM attendance_watch WHERE failures > 0
    UNION ALL SELECT next_look_at FROM followup_case WHERE failures > 0
    UNION ALL SELECT next_look_at FROM followup_patientwatch WHERE failures > 0
    UNION ALL SELECT next_try_at FROM insights_postponed WHERE failures > 0
) AS put_off
"""


def what_is_left() -> dict[str, int]:
    """How much is due now, by part; empty when the database is at rest."""
    (row,) = select(LEFT)
    return {part: count for part, count in zip(PARTS, row, strict=True) if count}


class Told:
    """What the vendor told us, and has to tell again because nobody took it: the web was down."""

    def __init__(self, ledger: Path, web: str) -> None:
        self.ledger = ledger
        self.web = web
        self.seen = 0
        self.texts: dict[str, Mapping[str, str]] = {}
        """What a webhook of a text says, by the vendor's id."""
        self.owed: set[tuple[str, str]] = set()
        """Texts' ids and states of which we were not told."""
        self.failed: set[tuple[str, str]] = set()
        self.again = 0

    def settle(self) -> bool:
        """Tell again what failed. True when there is nothing of which we were not told."""
        for entry in self._news():
            self._take(*entry)
        for owed in sorted(self.failed):
            url, fields = self._webhook(*owed)
            signature = str(RequestValidator(AUTH_TOKEN).compute_signature(url, fields))
            if post_form(url, fields, signature) is Posted.TAKEN:
                self.again += 1
                self.failed.discard(owed)
                self.owed.discard(owed)
        return not self.owed

    def _news(self) -> Iterator[tuple[str, ...]]:
        with closing(sqlite3.connect(self.ledger, timeout=10)) as opened:
            rows = opened.execute(
                "SELECT seq, kind, vendor_id, key, address, body, detail FROM entries WHERE seq > ? ORDER BY seq",
                [self.seen],
            ).fetchall()
        for seq, *entry in rows:
            self.seen = seq
            yield tuple(entry)

    def _take(self, kind: str, vendor_id: str, key: str, address: str, body: str, detail: str) -> None:
        if kind == "taken":
            self.texts[vendor_id] = {"To": address, "key": key}
            self.owed |= {(vendor_id, "sent"), (vendor_id, "delivered")}
        elif kind == "inbound":
            self.texts[vendor_id] = {"From": address, "Body": body}
            self.owed.add((vendor_id, "received"))
        elif kind == "webhook" and detail == "204":
            self.owed.discard((vendor_id, body))
            self.failed.discard((vendor_id, body))
        elif kind == "webhook" and detail != "401" and (vendor_id, body) in self.owed:
            self.failed.add((vendor_id, body))

    def _webhook(self, vendor_id: str, state: str) -> tuple[str, dict[str, str]]:
        told = self.texts[vendor_id]
        ids = {"MessageSid": vendor_id, "SmsSid": vendor_id, "AccountSid": ACCOUNT_SID}
        if state == "received":
            return f"{self.web}/hooks/sms/inbound", {
                **ids,
                "From": told["From"],
                "To": OUR_NUMBER,
                "Body": told["Body"],
            }
        from rejoin.outreach.channels.sms_twilio import callback_with_key

        url = callback_with_key(f"{self.web}/hooks/sms/status", told["key"])
        return str(url), {**ids, "To": told["To"], "MessageStatus": state}
