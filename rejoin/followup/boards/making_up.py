"""What a case's timeline tells of its way back: a time that was picked or given back, material that was looked at, what was
let go. The rows are those of make-ups and of catching up; nothing of it is written here."""

from typing import Any, Final

from rejoin.continuity.courses import followings_in, unit_of, unit_said_of
from rejoin.followup import words
from rejoin.followup.models import Case

THEN: Final = "to_char(offer.starts_at AT TIME ZONE %(zone)s, 'FMDay FMDD FMMonth, HH24:MI')"
"""As the program's clock says it."""
# A sign-off that repays content is told once, as what it is; and what closed several accounts, once.
MAKING_UP: Final = f"""
    SELECT booking.at, 'picked', booking.id, booking."by", jsonb_build_object('kind', booking.kind, 'then', {THEN}), 7
      FROM makeups_booking AS booking JOIN makeups_offer AS offer ON offer.id = booking.offer_id
     WHERE booking.missed_id = %(seat)s
    UNION ALL
    SELECT turned.at, 'handed_back', turned.id, turned."by", jsonb_build_object('reason', turned.reason, 'then', {THEN}), 7
      FROM makeups_booking AS booking JOIN makeups_offer AS offer ON offer.id = booking.offer_id
      JOIN makeups_offerturn AS turned ON turned.offer_id = offer.id AND turned.turn = 'withdrawn' AND turned.at >= booking.at
     WHERE booking.missed_id = %(seat)s
    UNION ALL
    SELECT done.at, 'caught_up', done.id, done."by", '{{}}'::jsonb, 7
      FROM continuity_catchup AS begun JOIN continuity_finished AS done ON done.catch_up_id = begun.id
     WHERE begun.seat_id = %(seat)s
    UNION ALL
    SELECT signed.at, 'looked_at', signed.id, signed."by", jsonb_build_object('answer', signed.answer, 'wants', signed.wants,
           'words', signed.words), 8
      FROM continuity_catchup AS begun JOIN continuity_finished AS done ON done.catch_up_id = begun.id
      JOIN continuity_signoff AS signed ON signed.finished_id = done.id WHERE begun.seat_id = %(seat)s
    UNION ALL
    SELECT word.at, 'unit_word', word.id, word."by", jsonb_build_object('what', word.what, 'words', word.words), 7
      FROM continuity_unitword AS word
     WHERE word.patient_id = %(patient)s AND word.program_id = %(program)s AND word.at >= %(from)s
       AND word.curriculum = %(curriculum)s AND word.unit = %(unit)s
    UNION ALL
    SELECT entry.at, 'ledger', min(entry.id), entry."by", jsonb_build_object('what', entry.what, 'words', max(said.words)), 9
      FROM makeups_ledgerentry AS entry LEFT JOIN makeups_ledgerwords AS said ON said.entry_id = entry.id
     WHERE entry.seat_id = %(seat)s AND (entry.what IN ('waived', 'expired') OR entry.what = 'caught_up' AND NOT EXISTS (
           SELECT FROM continuity_catchup AS begun JOIN continuity_finished AS done ON done.catch_up_id = begun.id
             JOIN continuity_signoff AS signed ON signed.finished_id = done.id
            WHERE begun.seat_id = entry.seat_id AND signed.at = entry.at))
     GROUP BY entry.at, entry.what, entry."by" HAVING sum(entry.amount) < 0
"""  # noqa: S608 - our own words
HANDED_BACK: Final = {
    "cannot_come": "she cannot come then after all",
    "session_off": "the session was called off or moved",
    "seat_needed": "the program needed the seat",
    "not_owed": "nothing was owed any more",
}
WANTED: Final = {
    "talk": "gave the catch-up back: a talk first",
    "look_again": "gave the catch-up back: another look",
}
LET: Final = {
    "waived": "let the unit go for her",
    "repeat_agreed": "agreed with her that she takes the unit again",
}
LEDGER: Final = {
    "waived": "let go what was left to make up",
    "expired": "what was left to make up ran out",
    "caught_up": "signed off that she caught up on the material",
}
KINDS: Final = {"cohort": "with another group", "extra": "an extra session", "individual": "one-to-one"}


def unit_of_case(case: Case) -> dict[str, str]:
    """The unit that was covered, as the timeline asks for it; "" where no curriculum tells. Two queries."""
    session = case.session
    group = session.group
    followed = followings_in([session.program_id]).of(
        session.program_id, track=group.track_id if group else None, group=session.group_id
    )
    if followed is None:
        return {"curriculum": "", "unit": ""}
    unit = unit_of(followed.course, session.module, said=unit_said_of(session.pk))
    return {"curriculum": followed.course.curriculum.id, "unit": unit.id if unit else ""}


def picked_words(told: dict[str, Any]) -> str:
    return f"picked a time to make it up: {told['then']}, {words.word(KINDS, told['kind'])}"


def handed_back_words(told: dict[str, Any]) -> str:
    return f"gave back the time on {told['then']}: {words.word(HANDED_BACK, told['reason'])}"


def looked_at_words(told: dict[str, Any]) -> str:
    if told["answer"] == "signed_off":
        return "looked at her catch-up and signed it off"
    return words.word(WANTED, told["wants"])


def unit_words(told: dict[str, Any]) -> str:
    return words.word(LET, told["what"])


def ledger_words(told: dict[str, Any]) -> str:
    return words.word(LEDGER, told["what"])
