"""What came of publishing a plan, in sentences. Nobody is blamed: seats go, and two may look at one plan."""

from collections.abc import Sequence
from typing import Final

from django.contrib import messages

from rejoin.console.present.planner import called_by
from rejoin.makeups.actions.publishing import Fate, Published
from rejoin.people.models import Patient
from rejoin.people.naming import names_of

NAMED: Final = 8
"""So many are named in a sentence; the list below it has them all."""
SENTENCES: Final = {
    Fate.SEAT_GONE: "The seat went since the plan was made, and nothing was offered to {names}. Offer other times, or plan again.",
    Fate.BOOKED: "{names}: the make-up is booked already.",
    Fate.NOT_OWED: "{names}: nothing is open any more.",
    Fate.TOO_MANY: "{names}: it would be more make-ups than the policy has in a day or week, or more hours than a week holds. "
    "Nothing was offered. A clinician can let one pass, on the case.",
}


def told_published(told: Sequence[Published]) -> list[tuple[int, str]]:
    """Level and sentence of each message. Two queries at most."""
    patients = Patient.objects.in_bulk({each.patient_id for each in told if each.fate is not Fate.OFFERED})
    called = {key: called_by(each) for key, each in patients.items()}
    offered = sum(each.fate is Fate.OFFERED for each in told)
    found: list[tuple[int, str]] = []
    if offered:
        many = "1 patient has" if offered == 1 else f"{offered} patients have"
        found.append(
            (
                messages.SUCCESS,
                f"Offered: {many} the planned time first, and others behind it, on their pages.",
            )
        )
    found += _already(told, called)
    for fate, sentence in SENTENCES.items():
        who = [called[each.patient_id] for each in told if each.fate is fate and each.patient_id in called]
        if who:
            found.append((messages.WARNING, sentence.format(names=_names(who))))
    return found


def _already(told: Sequence[Published], called: dict[int, str]) -> list[tuple[int, str]]:
    """By whom they were offered something first."""
    by = names_of({each.by for each in told if each.fate is Fate.ALREADY})
    found = []
    for who, name in sorted(by.items()):
        whom = [called[each.patient_id] for each in told if each.by == who and each.patient_id in called]
        found.append(
            (
                messages.INFO,
                f"{_names(whom)}: {name} has offered times since the plan was made. They stay as they are.",
            )
        )
    return found


def _names(who: Sequence[str]) -> str:
    rest = len(who) - NAMED
    return ", ".join(sorted(who)[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
