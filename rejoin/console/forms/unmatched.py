"""Who somebody was, by a person's word."""

from typing import Any, Final

from django import forms

from rejoin.rooms.vocabulary import SettledAs

WHO: Final = (
    (SettledAs.PATIENT.value, "This patient"),
    (SettledAs.STAFF.value, "Somebody of the staff"),
    (SettledAs.GUEST.value, "A guest"),
    (SettledAs.UNKNOWN.value, "Nobody can say"),
)


class SettleForm(forms.Form):
    """Who it was; a patient is chosen from who was expected, or named by her identifier."""

    who = forms.ChoiceField(choices=WHO)
    patient = forms.UUIDField(required=False)
    external_id = forms.CharField(max_length=64, required=False)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        said = self.cleaned_data
        if said.get("who") == SettledAs.PATIENT and not (said.get("patient") or said.get("external_id")):
            raise forms.ValidationError("Choose which patient it was, or write her identifier.")
        return cleaned
