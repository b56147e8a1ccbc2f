"""Where she stands with a missed session, for the pages that lead to its way back: whether she has picked a time, and
whether only minutes are left of it."""

from collections.abc import Sequence

from rejoin.domain.makeup.ledger import Account, MadeUp, made_up


def picked(missed: str) -> str:
    """For a query in which `missed` is the missed seat's column; it takes one parameter, now."""
    return (
        "EXISTS (SELECT FROM makeups_booking AS booked"
        " JOIN programs_seat AS sits ON sits.id = booked.seat_id AND sits.occupies"
        f" WHERE booked.missed_id = {missed} AND upper(sits.span) > %s)"
    )


def left_of(missed: str) -> str:
    """For such a query: what is open in content, count and hours, and what make-ups have repaid, as one array."""
    return f"""
(SELECT ARRAY[coalesce(sum(left_of.amount) FILTER (WHERE left_of.account = 'content'), 0),
              coalesce(sum(left_of.amount) FILTER (WHERE left_of.account = 'count'), 0),
              coalesce(sum(left_of.amount) FILTER (WHERE left_of.account = 'hours'), 0),
              -coalesce(sum(left_of.amount) FILTER (WHERE left_of.what = 'made_up' AND left_of.account <> 'billing'), 0)]
   FROM makeups_ledgerentry AS left_of WHERE left_of.seat_id = {missed})
"""  # noqa: S608 - our own column


def minutes_left(left: Sequence[int]) -> int:
    """The minutes that are all that is left of a session that is made up; 0: more is open, or nothing."""
    content, count, hours, repaid = (int(each) for each in left)
    open_ = {Account.CONTENT: content, Account.COUNT: count, Account.HOURS: hours}
    return hours if made_up(open_, {Account.HOURS: repaid}) is MadeUp.HOURS_LEFT else 0
