"""What she is asked on her way in."""

from typing import Any, Final

from django import forms

from rejoin.attendance.actions import Whereabouts
from rejoin.domain.kernel import Refusal
from rejoin.domain.kernel.phones import normal_phone
from rejoin.visits.actions import LONGEST_NAME, shown_name
from rejoin.visits.checking_in import Before
from rejoin.visits.words.english import English
from rejoin.visits.words.states import ELSEWHERE, STATES

YES, NO = "yes", "no"
SAME, OTHER = "same", "other"
ASKED_WHEN_PARKED: Final = ("place", "state", "call_back", "alone", "contact_right", "name", "herself")
"""Left alone while she is driving: first she parks."""


def _asked() -> forms.ChoiceField:
    return forms.ChoiceField(choices=((YES, YES), (NO, NO)), widget=forms.RadioSelect, required=False)


class CheckInForm(forms.Form):
    """Where she is now, for this session alone. Whoever drives is asked nothing more before she has parked.

    Its words are those of `say`: a field's label by its name, the hint and what is said where it is missing beside it.
    """

    driving = _asked()
    where = forms.ChoiceField(widget=forms.RadioSelect, required=False)
    place = forms.CharField(
        max_length=300, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    state = forms.ChoiceField(choices=(*STATES, ELSEWHERE), required=False)
    call_back = forms.CharField(
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    alone = _asked()
    contact_right = _asked()
    name = forms.CharField(
        max_length=LONGEST_NAME, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    herself = forms.BooleanField(required=False)
    agrees = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        say: English,
        before: Before | None,
        contact: str,
        must_agree: bool,
        told_before: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        self.say = say
        self._speak()
        self._must_agree = must_agree
        if before is None:
            del self.fields["where"]
        else:
            where = self.fields["where"]
            where.choices = ((SAME, told_before), (OTHER, say.somewhere_else))  # type: ignore[attr-defined]
            self.fields["place"].label = say.place_else
        if contact:
            self.fields["contact_right"].label = say.contact(contact)
        else:
            del self.fields["contact_right"]
        if not must_agree:
            del self.fields["agrees"]

    def _speak(self) -> None:
        say, fields = self.say, self.fields
        for name, field in fields.items():
            field.label = getattr(say, "where" if name == "place" else name, "")
            field.help_text = getattr(say, f"{name}_hint", "")
            if isinstance(field, forms.CharField):
                field.error_messages["max_length"] = say.too_long
        for name in ("driving", "alone", "contact_right"):
            fields[name].choices = ((YES, say.yes), (NO, say.no))  # type: ignore[attr-defined]
        fields["state"].choices = (("", say.state_choose), *say.states.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("driving"):
            self.add_error("driving", self.say.driving_missing)
        if cleaned.get("driving") == YES:
            return cleaned
        self._check_place(cleaned)
        if normal_phone(cleaned.get("call_back", "")) is None and "call_back" not in self.errors:
            self.add_error("call_back", self.say.call_back_missing)
        for asked, missing in (
            ("alone", self.say.alone_missing),
            ("contact_right", self.say.contact_missing),
        ):
            if asked in self.fields and not cleaned.get(asked):
                self.add_error(asked, missing)
        if "name" not in self.errors:
            try:
                cleaned["name"] = shown_name(cleaned.get("name", ""))
            except Refusal:
                self.add_error("name", self.say.name_missing)
        if not cleaned.get("herself"):
            self.add_error("herself", self.say.herself_missing)
        if self._must_agree and not cleaned.get("agrees"):
            self.add_error("agrees", self.say.agrees_missing)
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
                self.add_error("where", self.say.where_missing)
                return
            if cleaned.get("where") == SAME:
                return
        if not cleaned.get("place", "").strip() and "place" not in self.errors:
            self.add_error("place", self.say.place_missing)
        if not cleaned.get("state") and "state" not in self.errors:
            self.add_error("state", self.say.state_missing)


class GuestForm(forms.Form):
    """What somebody of a family is asked: neither where she is nor who may be called. That is of the patient alone."""

    driving = _asked()
    alone = _asked()
    name = forms.CharField(
        max_length=LONGEST_NAME, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, say: English, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.say = say
        for name, field in self.fields.items():
            field.label, field.help_text = getattr(say, name), getattr(say, f"{name}_hint", "")
        for name in ("driving", "alone"):
            self.fields[name].choices = ((YES, say.yes), (NO, say.no))  # type: ignore[attr-defined]
        self.fields["name"].error_messages["max_length"] = say.too_long

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("driving"):
            self.add_error("driving", self.say.driving_missing)
        if self.is_driving:
            return cleaned
        if cleaned.get("alone") != YES:
            self.add_error("alone", self.say.alone_hint if cleaned.get("alone") else self.say.alone_missing)
        if "name" not in self.errors:
            try:
                cleaned["name"] = shown_name(cleaned.get("name", ""))
            except Refusal:
                self.add_error("name", self.say.name_missing)
        return cleaned

    @property
    def is_driving(self) -> bool:
        return self.cleaned_data.get("driving") == YES
