"""What Twilio's error codes mean for the patient's number, for us, and for the next try.

Source: the vendor's error dictionary, https://www.twilio.com/docs/api/errors . It changes, and the vendor
asks not to build on its details: a code that is not here is a refusal of this message and says nothing
of the number.
"""

from collections.abc import Mapping
from typing import Final

from rejoin.outreach.channels.port import Refused, Why

STOPPED: Final = "21610"
"""The number has opted out at the vendor."""
TOO_MANY: Final = "20429"
"""HTTP 429. "Requests that receive 429 responses aren't processed and are safe to retry after backing off"
(https://www.twilio.com/docs/api/errors/20429): a temporary refusal, never a lost answer."""

# The same to this number will be refused again, whoever sends it.
_GONE: Final = frozenset(
    {
        "21211",  # invalid To
        "21214",  # To cannot be reached
        "21217",  # To looks incorrect
        "21614",  # To is not a mobile number
        "21635",  # To cannot be a landline
        "30005",  # unknown handset: not in service
        "30006",  # landline, or a carrier that cannot be reached
    }
)

# Ours to mend: credentials, funds, permissions, senders, registration. The number may be fine.
_OURS: Final = frozenset(
    {
        "20003",  # not authenticated
        "20005",  # account not active
        "20008",  # test credentials
        "20404",  # account or resource not found
        "21212",  # invalid From
        "21408",  # region not permitted
        "21603",  # From missing
        "21606",  # From cannot send texts
        "21608",  # trial account, number not verified
        "21609",  # invalid status callback
        "21612",  # no route between this From and this To
        "21659",  # From is not a Twilio number
        "21660",  # From belongs to another account
        "21661",  # From cannot send texts
        "21701",  # messaging service missing
        "21703",  # messaging service without a sender
        "30002",  # account suspended
        "30032",  # toll-free number not verified
        "30034",  # sender not registered with the carriers
    }
)

# Later it may go through.
_BUSY: Final = frozenset(
    {
        TOO_MANY,
        "14107",  # message rate exceeded
        "21611",  # the sender's queue is full
        "30001",  # queue overflow
        "30003",  # handset unreachable: switched off, no coverage
        "30008",  # unknown, at the carrier
        "30022",  # over the carrier's rate
        "30036",  # validity period expired in the queue
    }
)

_WORDING: Final = frozenset(
    {
        "21602",  # no body
        "21605",  # body too long
        "21617",  # body too long
        "30004",  # blocked by the carrier or the handset
        "30007",  # filtered by the carrier
    }
)

_MEANINGS: Final[Mapping[Why, frozenset[str]]] = {
    Why.STOPPED: frozenset({STOPPED}),
    Why.GONE: _GONE,
    Why.OURS: _OURS,
    Why.BUSY: _BUSY,
    Why.WORDING: _WORDING,
}
_MAY_PASS_LATER: Final = (Why.OURS, Why.BUSY)


def refusal_of(code: str) -> Refused:
    """What a code means, from an answer or from a status report."""
    for why, codes in _MEANINGS.items():
        if code in codes:
            return Refused(code=code, permanent=why not in _MAY_PASS_LATER, why=why)
    return Refused(code=code, permanent=True)
