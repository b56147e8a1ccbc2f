"""What people enter about a make-up on a case. Each form carries the make-up as it was seen."""

import re
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone

from rejoin.console.present.makeup_words import DECLINED, MORE, WAIVED
from rejoin.makeups.vocabulary import Declined, MoreReason, WaiverReason, Withdrawn

LONGEST_WORDS: Final = 4000
TAKEN_BACK: Final = (
    (Withdrawn.CANNOT_COME.value, "She cannot come then after all"),
    (Withdrawn.SEAT_NEEDED.value, "The program needs the seat"),
)
TIME: Final = re.compile(r"(?P<kind>[so])(?P<number>[0-9]{1,18})@(?P<at>[0-9T:.+-]{16,40})")


class OnMakeUp(forms.Form):
    """`seen` is how far things had gone when whoever sends it looked. A tap has nothing else."""

    seen = forms.RegexField(r"\A[0-9]{1,18}(\.[0-9]{1,18}){3}\Z", widget=forms.HiddenInput, label="")


class OfferForm(OnMakeUp):
    """One of what she was offered."""

    offer = forms.CharField(widget=forms.HiddenInput, max_length=40, label="")


class DeclineForm(OfferForm):
    """She would rather not have that one: she need not say why."""

    why = forms.ChoiceField(
        label="Why, if she says",
        choices=[(each.value, DECLINED[each]) for each in Declined if each is not Declined.NONE_OF_THESE],
        initial=Declined.UNSAID.value,
    )


class CancelForm(OnMakeUp):
    """What was booked is given back."""

    why = forms.ChoiceField(
        label="Why", choices=TAKEN_BACK, widget=forms.RadioSelect, initial=Withdrawn.CANNOT_COME.value
    )


class CaughtUpForm(OnMakeUp):
    """Somebody signs off that she has worked through the material."""

    words = forms.CharField(
        label="What she worked through",
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Of the material. Never of another patient.",
    )


class WaiveForm(OnMakeUp):
    """A person lets go what is left, and says why."""

    why = forms.ChoiceField(
        label="Why it is let go",
        error_messages={"required": "Choose a reason."},
        choices=[(each.value, WAIVED[each]) for each in WaiverReason],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label="In your words",
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed where none of the reasons says it.",
    )


class AllowForm(OnMakeUp):
    """A clinician lets one make-up be more than is allowed."""

    why = forms.ChoiceField(
        label="Why",
        choices=[(each.value, MORE[each]) for each in MoreReason],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    words = forms.CharField(
        label="In your words",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say in a sentence why."},
    )


class SessionForm(OnMakeUp):
    """A session that is full, to wait for a seat in."""

    session = forms.UUIDField(widget=forms.HiddenInput, label="")


class TimeForm(OnMakeUp):
    """A time that somebody chose with her: "s12@2026-10-09T18:00:00+00:00" of a session, "o" of an opening."""

    time = forms.CharField(label="When", max_length=80)

    def clean_time(self) -> tuple[int | None, int | None, datetime]:
        told = TIME.fullmatch(self.cleaned_data["time"])
        at = _instant(told["at"]) if told else None
        if told is None or at is None:
            raise forms.ValidationError("Choose a time from the list.")
        number = int(told["number"])
        return (number, None, at) if told["kind"] == "s" else (None, number, at)

    @property
    def key(self) -> Any:
        """As `Slot.key`."""
        return self.cleaned_data["time"]


def told_time(key: tuple[int | None, int | None, datetime]) -> str:
    """A time as `TimeForm` reads it."""
    session, opening, at = key
    return f"{'o' if session is None else 's'}{opening if session is None else session}@{at.isoformat()}"


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if timezone.is_aware(at) else None
