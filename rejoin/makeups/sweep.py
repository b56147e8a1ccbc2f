"""What a pass of the engine asks of make-ups beside their ledgers: what ran out, what was called off, who may come after all."""

from datetime import datetime

from rejoin.common.actors import ENGINE
from rejoin.makeups.actions.offers import expire_offers, withdraw_stale
from rejoin.makeups.actions.waiting import back_fill


def sweep_offers(*, now: datetime) -> int:
    """Offers end by the clock whoever writes it down; seats they held go to whoever waits. Returns how many were seen to."""
    done = expire_offers(by=ENGINE, at=now) + withdraw_stale(by=ENGINE, at=now)
    return done + back_fill(by=ENGINE, at=now)
