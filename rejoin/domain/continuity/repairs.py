"""How a patient stands with one unit: had, made up, worked through, let go, or open.

What she has had stays hers: to miss the same unit at another round takes nothing back. To take a unit again is a state
like any other, and no lag.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from rejoin.domain.kernel import Reason, Word


class What(Word):
    """What happened between a patient and a unit."""

    ATTENDED = "attended"
    MADE_UP = "made_up"
    """In another session than her own: another group's, an added one, one-to-one."""
    MATERIAL_DONE = "material_done"
    SIGNED_OFF = "signed_off"
    """A clinician looked at what she wrote, and it is enough."""
    GIVEN_BACK = "given_back"
    """A clinician asks for more, or wants to talk about it."""
    WAIVED = "waived"
    MISSED = "missed"
    REPEAT_AGREED = "repeat_agreed"
    """She and the team want her to take it again."""


class Repair(Word):
    """How she stands with it."""

    ATTENDED = "attended"
    MADE_UP = "made_up"
    MATERIAL_DONE = "material_done"
    SIGNED_OFF = "signed_off"
    WAIVED = "waived"
    REPEATING = "repeating"
    OPEN = "open"
    NOT_YET = "not_yet"
    """It has not come up for her."""


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of a patient and a unit."""

    unit: str
    what: What
    at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How she stands with a unit, since when, and whether she may go on without it being in the way."""

    unit: str
    state: Repair
    since: datetime | None
    clear: bool
    because: tuple[Reason, ...]


CLEARING: Final = frozenset({What.ATTENDED, What.MADE_UP, What.SIGNED_OFF, What.WAIVED})
_SAID: Final = {
    Repair.ATTENDED: "she was there",
    Repair.MADE_UP: "she made it up in another session",
    Repair.MATERIAL_DONE: "she has done the material; it waits for a clinician",
    Repair.SIGNED_OFF: "she did the material, and a clinician signed it off",
    Repair.WAIVED: "the team let it go",
    Repair.REPEATING: "that she takes it again is agreed: she is not behind on it",
    Repair.OPEN: "she missed it, and nothing has repaired that yet",
    Repair.NOT_YET: "it has not come up for her yet",
}


def standing_of(unit: str, happened: Iterable[Happened], *, now: datetime, sign_off: bool = True) -> Standing:
    """How she stands with `unit` at `now`. `sign_off` False: in this program the material is enough by itself."""
    facts = sorted(
        (each for each in happened if each.unit == unit and each.at <= now), key=lambda each: each.at
    )
    state, kept, since = Repair.NOT_YET, Repair.NOT_YET, None
    for each in facts:
        before = state
        state = _state_after(each.what, state, kept)
        if each.what in CLEARING or (state is Repair.MATERIAL_DONE and not sign_off):
            kept = state
        if state is not before or each.what in CLEARING:
            since = each.at
    clear = kept is not Repair.NOT_YET or state is Repair.REPEATING
    return Standing(unit=unit, state=state, since=since, clear=clear, because=_why(state, facts, clear))


def _state_after(what: What, state: Repair, kept: Repair) -> Repair:
    """`kept` is what she has had for good; NOT_YET: nothing."""
    had = kept is not Repair.NOT_YET
    if what in CLEARING:
        return Repair(what.value)
    if what is What.REPEAT_AGREED:
        return Repair.REPEATING
    if what is What.MISSED:
        return kept if had else Repair.MATERIAL_DONE if state is Repair.MATERIAL_DONE else Repair.OPEN
    if what is What.MATERIAL_DONE:
        return state if had else Repair.MATERIAL_DONE
    return Repair.OPEN if state is Repair.MATERIAL_DONE and not had else state


def _why(state: Repair, facts: list[Happened], clear: bool) -> tuple[Reason, ...]:
    text = _SAID[state]
    if state is Repair.MATERIAL_DONE and clear:
        text = "she has done the material, which is enough in this program"
    elif state is Repair.OPEN and facts[-1].what is What.GIVEN_BACK:
        text = "a clinician gave the material back for another look"
    because = [Reason(rule=f"continuity.{state.value}", text=text)]
    if clear and facts[-1].what is What.MISSED:
        text = "she missed it at another round: what she has had stays hers"
        because.append(Reason(rule="continuity.missed_again", text=text))
    return tuple(because)
