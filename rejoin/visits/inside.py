"""Who may be inside a room: whoever was let in and holds her seat, and whoever leads there.

A token that lets one connection in is young for a minute. Whoever was put out within it, or lost her seat, comes in
by it once more; what was decided of her since then holds.
"""

from typing import Final

from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.domain.consent import About
from rejoin.people.family import shown_to

# Known, and not to be in there: not let in, without a seat, or by her own last word where she may not take part from.
# A host is let in by nobody. A guest of a family who was let in, to a session of her patient's and of no other patient, is
# listed with that patient: what she may know is asked besides. Every other guest is barred.
BARRED: Final = """
SELECT visit.ref, guest.patient_id, guest.id
  FROM visits_visit AS visit LEFT JOIN programs_seat AS seat ON seat.id = visit.seat_id
  LEFT JOIN people_contact AS guest
    ON guest.id = visit.contact_id AND visit.session_id = %(session)s AND visit.state = 'admitted' AND (
       SELECT bool_and(held.patient_id = guest.patient_id) FROM programs_seat AS held
        WHERE held.session_id = visit.session_id AND held.released_at IS NULL)
 WHERE visit.ref = ANY(%(refs)s) AND (visit.contact_id IS NOT NULL OR visit.session_id <> %(session)s
    OR visit.staff_id IS NULL AND (visit.state <> 'admitted' OR seat.released_at IS NOT NULL OR (
        SELECT coalesce(said.driving, false) OR coalesce(said.state <> ALL (said.licensed), false) FROM attendance_checkin AS said
         WHERE said.seat_id = visit.seat_id ORDER BY said.id DESC LIMIT 1)))
"""

OF_ONE_FAMILY: Final = """
SELECT coalesce(bool_and(seat.patient_id = %s), false) FROM programs_seat AS seat
 WHERE seat.session_id = %s AND seat.released_at IS NULL
"""


def is_of_one_family(session_id: int, patient_id: int) -> bool:
    """Whether every seat of a session that is held is that patient's, and there is one."""
    return bool(select(OF_ONE_FAMILY, [patient_id, session_id])[0][0])


def may_be_inside(session_id: int, refs: set[str]) -> set[str]:
    """Those of `refs` that may be in, and those of nobody who has a visit.

    A guest may while the patient's word, and the law, let her know of family sessions.
    """
    found = select(BARRED, {"refs": sorted(refs), "session": session_id})
    guests = {ref: (patient, contact) for ref, patient, contact in found if contact is not None}
    shown = shown_to(list(guests.values()), clock.now()) if guests else {}
    stay = {ref for ref, (_, contact) in guests.items() if About.SCHEDULING in shown[contact]}
    return refs - {ref for ref, _, _ in found if ref not in stay}


def is_led(session_id: int) -> bool:
    """Whether somebody who leads is in a room, as far as is known: to whoever stands before it."""
    return bool(select("SELECT rejoin_is_led(%s)", [session_id])[0][0])
