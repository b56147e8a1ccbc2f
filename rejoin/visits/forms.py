"""What she is asked on her way in."""

from typing import Any, Final

from django import forms

from rejoin.attendance.actions import Whereabouts
from rejoin.domain.kernel import Refusal
from rejoin.domain.kernel.phones import normal_phone
from rejoin.visits.actions import LONGEST_NAME, shown_name
from rejoin.visits.checking_in import Before
from rejoin.visits.words import ELSEWHERE, STATES

YES, NO = "yes", "no"
SAME, OTHER = "same", "other"
YES_OR_NO: Final = ((YES, "Yes"), (NO, "No"))
ASKED_WHEN_PARKED: Final = ("place", "state", "call_back", "alone", "contact_right", "name", "herself")
"""Left alone while she is driving: first she parks."""


def _asked(label: str, hint: str = "", *, missing: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        choices=YES_OR_NO,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"required": missing},
    )


class CheckInForm(forms.Form):
    """Where she is now, for this session alone. Whoever drives is asked nothing more before she has parked."""

    driving = _asked("Are you driving, or in a moving car?", missing="Say whether you are in a moving car.")
    where = forms.ChoiceField(label="Where are you right now?", widget=forms.RadioSelect, required=False)
    place = forms.CharField(
        label="Where are you right now?",
        max_length=300,
        required=False,
        help_text="Street and town. We use it only if you need help in an emergency.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    state = forms.ChoiceField(label="State", choices=(("", "Choose"), *STATES, ELSEWHERE), required=False)
    call_back = forms.CharField(
        label="A number we reach you at right now",
        max_length=40,
        required=False,
        help_text="If the connection drops, or if we are worried about you.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    alone = _asked(
        "Are you somewhere private?",
        "Nobody else can see your screen or listen. Headphones help.",
        missing="Say whether you are somewhere private.",
    )
    contact_right = _asked(
        "Is your emergency contact still right?", missing="Say whether your emergency contact is still right."
    )
    name = forms.CharField(
        label="What should the others see?",
        max_length=LONGEST_NAME,
        required=False,
        help_text="A first name or a letter is enough. Only those in the room see it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    herself = forms.BooleanField(label="I am the person this link was sent to", required=False)
    agrees = forms.BooleanField(label="I agree to sessions by video", required=False)

    def __init__(
        self,
        *args: Any,
        before: Before | None,
        contact: str,
        must_agree: bool,
        told_before: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        self._must_agree = must_agree
        if before is None:
            del self.fields["where"]
        else:
            where = self.fields["where"]
            where.choices = ((SAME, told_before), (OTHER, "Somewhere else"))  # type: ignore[attr-defined]
            self.fields["place"].label = "If somewhere else: where?"
        if contact:
            self.fields["contact_right"].label = f"Is {contact} still the one to call in an emergency?"
        else:
            del self.fields["contact_right"]
        if not must_agree:
            del self.fields["agrees"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("driving"):
            self.add_error("driving", self.fields["driving"].error_messages["required"])
        if cleaned.get("driving") == YES:
            return cleaned
        self._check_place(cleaned)
        if normal_phone(cleaned.get("call_back", "")) is None and "call_back" not in self.errors:
            self.add_error("call_back", "Write the number of a phone that is with you, like 212-555-0147.")
        for asked in ("alone", "contact_right"):
            if asked in self.fields and not cleaned.get(asked):
                self.add_error(asked, self.fields[asked].error_messages["required"])
        if "name" not in self.errors:
            try:
                cleaned["name"] = shown_name(cleaned.get("name", ""))
            except Refusal:
                self.add_error("name", "Write what the others should see: a letter is enough.")
        if not cleaned.get("herself"):
            self.add_error("herself", "This link is for one person. Confirm that it is you.")
        if self._must_agree and not cleaned.get("agrees"):
            self.add_error("agrees", "Sessions by video need your agreement. If you have questions, call us.")
        return cleaned

    @property
    def is_driving(self) -> bool:
        return self.cleaned_data.get("driving") == YES

    @property
    def whereabouts(self) -> Whereabouts:
        """What is written down; the state stands beside it (`told_state`)."""
        said = self.cleaned_data
        where = Whereabouts(
            place=self.before.place if self._is_same and self.before else said["place"],
            call_back=said["call_back"],
            alone=said["alone"] == YES,
            driving=False,
        )
        if said.get("contact_right"):
            where["contact_right"] = said["contact_right"] == YES
        return where

    @property
    def told_state(self) -> str:
        return self.before.state if self._is_same and self.before else self.cleaned_data["state"]

    @property
    def _is_same(self) -> bool:
        return self.cleaned_data.get("where") == SAME

    def _check_place(self, cleaned: dict[str, Any]) -> None:
        if self.before is not None:
            if not cleaned.get("where") and not cleaned.get("place"):
                self.add_error("where", "Say where you are: the place from last time, or another one.")
                return
            if cleaned.get("where") == SAME:
                return
        if not cleaned.get("place", "").strip() and "place" not in self.errors:
            self.add_error("place", "Write where you are: street and town.")
        if not cleaned.get("state") and "state" not in self.errors:
            self.add_error("state", "Choose the state you are in right now.")
