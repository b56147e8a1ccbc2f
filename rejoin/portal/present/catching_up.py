"""What she can catch up on by herself: a line on Today, and a way from the page of the session she missed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from rejoin.continuity.material import open_catch_up
from rejoin.portal.door import Herself


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """Material on one unit, with where it is."""

    title: str
    href: str
    seat_id: int
    """The missed session it is for."""
    needed: str
    """By when it helps, in words; "": nothing ahead of her builds on it."""


def open_catch_ups(herself: Herself) -> Sequence[CatchUp]:
    """Those that are hers to do still, the most urgent first. Behind her door."""
    say, zone = herself.say, herself.zone
    return tuple(
        CatchUp(
            title=each.title,
            href=reverse("portal:catch_up", args=[each.ref]),
            seat_id=each.seat_id,
            needed=say.helps_by(each.needed_by, zone) if each.needed_by else "",
        )
        for each in open_catch_up(herself.patient, herself.at)
        if not each.with_the_team
    )
