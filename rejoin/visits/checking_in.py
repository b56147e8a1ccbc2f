"""What she says of where she is, and whether that still holds: asked at each join, of this session alone."""

from datetime import datetime
from typing import Final, NamedTuple

from rejoin.attendance.models import CheckIn
from rejoin.common.rows import select
from rejoin.people.models import Consent, Contact
from rejoin.people.vocabulary import Relation
from rejoin.programs.models import Program, Seat
from rejoin.visits.doors import COMES_BACK_WITHIN
from rejoin.visits.models import TelehealthConsent, Visit

VIDEO: Final = "video"
"""The channel of her word on it."""
CONSENT_VERSION: Final = 1
"""Of the words in `visits.words` (`consent`): whoever changes what they mean counts on, and everybody is asked anew."""
LAST_SEEN: Final = """
SELECT EXISTS (SELECT FROM jsonb_array_elements(presence) AS each
                WHERE each ->> 1 IS NOT NULL AND each ->> 2 IS NULL),
       (SELECT max((each ->> 2)::timestamptz) FROM jsonb_array_elements(presence) AS each)
  FROM rooms_seatevidence WHERE seat_id = %s
"""


class Before(NamedTuple):
    """Where she said she was on another day. It is of that day: only she can say that it is so today."""

    id: int
    place: str
    state: str
    at: datetime

    @property
    def begins(self) -> str:
        """As much of it as tells her which, and a stranger little."""
        return f"{self.place[:7].rstrip()}…" if len(self.place) > 10 else self.place[:4] + "…"


def latest_check_in(seat: Seat) -> CheckIn | None:
    return CheckIn.objects.filter(seat=seat).order_by("-id").first()


def holds(check_in: CheckIn | None, visit: Visit | None, at: datetime) -> bool:
    """Whether she need not be asked again: she has said it at this join, and has not been away for long since."""
    if check_in is None or not check_in.place or check_in.driving:
        return False
    went = visit.left_at if visit is not None else None
    if visit is None or went is None or went < check_in.at or at - went < COMES_BACK_WITHIN:
        return True
    return _is_in(visit)  # by another device: she left with one of two


def _is_in(visit: Visit) -> bool:
    return any(still_in for still_in, _ in select(LAST_SEEN, [visit.seat_id]))


def out_of_licence(check_in: CheckIn) -> bool:
    """She is where nobody who leads may practise. Where no licence is on file nobody knows, and she is let in."""
    return check_in.licensed is not None and check_in.state not in check_in.licensed


def place_before(seat: Seat, at: datetime) -> Before | None:
    """Where she said she was last time, on another day or today."""
    told = (
        CheckIn.objects.filter(patient=seat.patient_id, at__lte=at)
        .exclude(place="")
        .exclude(state="")
        .order_by("-at", "-id")
        .values_list("id", "place", "state", "at")
        .first()
    )
    return Before(*told) if told else None


def emergency_contact(seat: Seat) -> Contact | None:
    return (
        Contact.objects.filter(
            patient=seat.patient_id, relation=Relation.EMERGENCY_CONTACT.value, retired_at__isnull=True
        )
        .order_by("id")
        .first()
    )


def has_agreed(seat: Seat, program: Program) -> bool:
    """She said yes to these words, and has not taken it back since."""
    return (
        not has_taken_video_back(seat.patient_id)
        and TelehealthConsent.objects.filter(
            patient=seat.patient_id, program=program, version=CONSENT_VERSION
        ).exists()
    )


def has_taken_video_back(patient_id: int) -> bool:
    """Her latest word on video is no: she is asked again at every door, until she says yes."""
    said = Consent.objects.filter(patient=patient_id, contact=None, channel=VIDEO)
    latest = said.order_by("-at", "granted", "-id").values_list("granted", flat=True).first()
    return latest is False


def was_inside_lately(visit: Visit, at: datetime) -> bool:
    """Whether she is inside, or was so lately that she only lost her line: by the room's word, or by a grant of hers."""
    if visit.entered_at is not None and at - visit.entered_at < COMES_BACK_WITHIN:
        return True
    for still_in, last in select(LAST_SEEN, [visit.seat_id]):
        if still_in or (last is not None and at - last < COMES_BACK_WITHIN):
            return visit.entered_at is not None
    return False
