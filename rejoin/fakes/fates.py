"""What is to become of a message: told by an order, or drawn by chance with a seed.

A fate is words joined by "+". One says what happens to the request ("drops_after"), the rest what happens
to its webhooks ("duplicated", "reordered"). A word may carry a code: "refuse:21610".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rejoin.fakes.ledger import Ledger

WELL: Final = "well"
REQUEST_FATES: Final = frozenset(
    {
        WELL,
        "hangs_before",  # not taken, and no answer
        "hangs_after",  # taken, and no answer
        "drops_before",  # not taken, the line is cut
        "drops_after",  # taken, the line is cut
        "half_answer",  # taken, the line is cut in the middle of the answer
        "garbage",  # taken, and an answer that is none
        "error",  # "error:503": not taken, and that answer; 500 by itself
        "error_after",  # "error_after:502": taken, and that answer all the same
        "refuse",  # "refuse:21610": the vendor's own no
        "hangs_at_goodbye",  # taken and answered; the closing of the line is not (mail)
    }
)
WEBHOOK_FATES: Final = frozenset(
    {
        "duplicated",  # every webhook twice
        "reordered",  # the last one first
        "late",  # all of them after a while
        "forged",  # one more, with a signature that is none, and a lie in it
        "silent",  # none at all
        "queued",  # the text stays in the vendor's queue
        "undelivered",  # "undelivered:30003": the text does not arrive
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What becomes of one message: `request` is of REQUEST_FATES, `code` its code, `webhooks` word to code."""

    request: str = WELL
    code: str = ""
    webhooks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How likely each word is, 0 to 1: the request's exclude each other, the webhooks' do not.

    The same seed gives the same fates in the same order, across restarts too.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0

    def draw(self, ordinal: int) -> Fate:
        chance = Random(f"{self.seed}:{ordinal}")  # noqa: S311 - misbehaviour, not secrets
        at, request = chance.random(), WELL
        for word, rate in self.rates.items():
            if _name(word) in REQUEST_FATES:
                if at < rate:
                    request = word
                    break
                at -= rate
        webhooks = [
            word
            for word, rate in self.rates.items()
            if _name(word) in WEBHOOK_FATES and chance.random() < rate
        ]
        return read_fate("+".join([request, *webhooks]))


def read_chances(text: str, seed: int) -> Chances:
    """From the command line: a JSON object of words and rates. ValueError for a word that is not known."""
    rates = json.loads(text)
    for word in rates:
        read_fate(word)
    return Chances(rates={word: float(rate) for word, rate in rates.items()}, seed=seed)


def read_fate(text: str) -> Fate:
    """ "drops_after+duplicated" as a fate; ValueError for a word that is not known."""
    request, code, webhooks = WELL, "", {}
    for word in text.split("+"):
        name, _, carried = word.strip().partition(":")
        if name in REQUEST_FATES:
            request, code = name, carried
        elif name in WEBHOOK_FATES:
            webhooks[name] = carried
        else:
            raise ValueError(f"no fate is called {name!r}")
    return Fate(request=request, code=code, webhooks=webhooks)


def next_fate(ledger: Ledger, chances: Chances) -> Fate:
    """An order if there is one, a draw otherwise. Every message met counts as one draw."""
    ordered = ledger.next_order()
    met = ledger.record("met")
    return chances.draw(ledger.count("met", until=met)) if ordered is None else read_fate(ordered)


def _name(word: str) -> str:
    return word.partition(":")[0]
