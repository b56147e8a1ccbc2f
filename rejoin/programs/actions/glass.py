"""Breaking a glass, and looking at what was broken."""

from datetime import datetime
from typing import Final

from rejoin.audit.trail import action, record, request_id, told_already
from rejoin.common.actors import Actor
from rejoin.common.refusals import refusing
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Staff
from rejoin.programs.glass import OPEN_FOR, BrokenGlass, BrokenGlassSeen
from rejoin.programs.vocabulary import GlassReason

BREAK: Final = "SELECT number, answer FROM rejoin_break_glass(%s, %s, %s, %s, %s, %s, %s)"
NOT_FOUND: Final = "There is no patient with this identifier in a program you work in."
"""The same words whether there is nobody of that identifier or she is in another program."""
OPEN_ALREADY: Final = "You can see this patient's chart already."
LONGEST_WORDS: Final = 2000


@action("programs.break_glass")
def break_glass(
    *, staff: Staff, external_id: str, reason: GlassReason, words: str, by: Actor, at: datetime
) -> BrokenGlass | Refusal:
    """Open the chart of a patient of a program `staff` works in, whom she stands in no relationship to.

    The database decides and writes it down, broken or refused (`programs/schema.py`). A refusal is therefore returned
    and not raised: raised, it would take the trace of itself back. In this transaction too the chart is open from here
    on. What is not filled in is raised, as everywhere: nobody has been asked for then.
    """
    if by.staff_id != staff.pk:
        raise Refusal("glass.herself", "Whoever breaks a glass does so herself.")
    if not words.strip() or len(words) > LONGEST_WORDS:
        raise Refusal("glass.words", f"Say in a sentence why, in at most {LONGEST_WORDS:,} letters.")
    if not external_id.strip():
        raise Refusal("glass.nobody", "Say whose chart, by the program's own identifier.")
    until_at = at + OPEN_FOR
    with refusing():
        ((number, answer),) = select(
            BREAK,
            [staff.pk, external_id.strip(), reason.value, words.strip(), at, until_at, request_id.get()],
        )
    told_already("programs.break_glass")
    if answer == "broken":
        return BrokenGlass.objects.get(pk=number)
    if answer == "open":
        return Refusal("glass.open", OPEN_ALREADY)
    return Refusal("glass.not_found", NOT_FOUND)


@action("programs.see_broken_glass")
def see_broken_glass(*, glass: BrokenGlass, by: Actor, at: datetime) -> BrokenGlassSeen:
    """Whoever looks after the trail has looked at it. Nobody looks at her own."""
    if by.staff_id is None:
        raise Refusal("a_person_decides", "Only a person looks at a broken glass.")
    if by.staff_id == glass.staff_id:
        raise Refusal("glass.own", "Somebody else has to look at a glass that you broke.")
    if BrokenGlassSeen.objects.filter(glass=glass).exists():
        raise Refusal("glass.seen", "Somebody has looked at this already.")
    with refusing():
        seen = BrokenGlassSeen.objects.create(glass=glass, at=at, by=str(by))
    record("programs.see_broken_glass", f"glass:{glass.pk}", by=by, at=at, patient=glass.patient_id)
    return seen
