"""What is done about a missed session: offers and their answers, seats to wait for, time made for it, debts let go."""

from rejoin.makeups.actions.answering import (
    Accepted,
    Word,
    accept_offer,
    decline_offer,
    give_back,
    none_of_these,
)
from rejoin.makeups.actions.by_hand import offer_this
from rejoin.makeups.actions.capacity import (
    close_opening,
    keep_apart,
    mark_extra,
    open_time,
)
from rejoin.makeups.actions.debts import catch_up, waive
from rejoin.makeups.actions.offers import (
    expire_offers,
    offer_make_ups,
    withdraw_offer,
    withdraw_stale,
)
from rejoin.makeups.actions.plans import decide_extra, keep_plan, propose_extras
from rejoin.makeups.actions.publishing import publish_plan
from rejoin.makeups.actions.saying import allow_more, record_free_time
from rejoin.makeups.actions.waiting import back_fill, stop_waiting, wait_for
from rejoin.makeups.ledgers import keep_ledgers

__all__ = [
    "Accepted",
    "Word",
    "accept_offer",
    "allow_more",
    "back_fill",
    "catch_up",
    "close_opening",
    "decide_extra",
    "decline_offer",
    "expire_offers",
    "give_back",
    "keep_apart",
    "keep_ledgers",
    "keep_plan",
    "mark_extra",
    "none_of_these",
    "offer_make_ups",
    "offer_this",
    "open_time",
    "propose_extras",
    "publish_plan",
    "record_free_time",
    "stop_waiting",
    "wait_for",
    "waive",
    "withdraw_offer",
    "withdraw_stale",
]
