"""Whoever is told that she was missed may come in by one tap: the link of her seat, while its room is one of ours."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.followup.ways_back import ABOUT, ways_of_makeups
from rejoin.makeups.links import makeup_urls
from rejoin.outreach.ways import lead_about
from rejoin.programs.models import Seat
from rejoin.visits.links import join_url

OF_CASES: Final = "SELECT 'case:' || id, seat_id FROM followup_case WHERE id = ANY(%s)"
HOSTED: Final = """
SELECT seat.id FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  JOIN rooms_hostedroom AS room ON room.session_id = session.id AND room.closed_at IS NULL
 WHERE seat.id = ANY(%s) AND seat.released_at IS NULL AND session.held = 'scheduled' AND session.ends_at > %s
"""


def ways_of_cases(abouts: set[str], by: Actor, at: datetime) -> Mapping[str, str]:
    """Into the session while it runs; once it is over, to the times at which it can be made up for."""
    cases = [int(each.removeprefix("case:")) for each in abouts]
    seats = dict(select(OF_CASES, [cases]))
    later = makeup_urls(seats.values())
    return {about: later[seat] for about, seat in seats.items() if seat in later} | _ways(seats, by, at)


def ways_of_nudges(abouts: set[str], by: Actor, at: datetime) -> Mapping[str, str]:
    return _ways({each: int(each.removeprefix("nudge:")) for each in abouts}, by, at)


def lead() -> None:
    """Tell outreach where its messages lead."""
    lead_about("case", ways_of_cases)
    lead_about("nudge", ways_of_nudges)
    lead_about(ABOUT, ways_of_makeups)


def _ways(seats: Mapping[str, int], by: Actor, at: datetime) -> dict[str, str]:
    open_ = {row[0] for row in select(HOSTED, [list(seats.values()), at])}
    known = {each.pk: each for each in Seat.objects.filter(pk__in=open_).select_related("session__program")}
    found = {}
    for about, number in seats.items():
        if number in known:
            try:
                found[about] = join_url(known[number], by=by, at=at)
            except Refusal:  # given back or over since
                continue
    return found
