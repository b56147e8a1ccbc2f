"""Breaking a glass, and what of the trail is asked for."""

from typing import Final

from django import forms

from rejoin.console.forms.days import Day
from rejoin.programs.vocabulary import GlassReason

REASONS: Final = {
    GlassReason.DANGER: "She may be in danger now",
    GlassReason.COVERING: "I stand in for a colleague whose patient she is",
    GlassReason.ASKED: "She asked me to, or somebody she named did",
    GlassReason.OTHER: "Something else",
}
LONGEST: Final = 2000


class BreakGlassForm(forms.Form):
    """Whose chart, and why."""

    external_id = forms.CharField(
        label="Identifier",
        max_length=64,
        help_text="The program's own identifier of the patient, whole. Names are not searched.",
    )
    reason = forms.ChoiceField(
        label="Why", widget=forms.RadioSelect, choices=[(each.value, word) for each, word in REASONS.items()]
    )
    words = forms.CharField(
        label="In your own words",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The privacy officer reads it, with everything you open.",
    )


class TrailForm(forms.Form):
    """What of the trail is asked for. Nothing asked is everything that people did, the latest first."""

    patient = forms.CharField(label="Patient, by identifier", max_length=64, required=False)
    staff = forms.CharField(
        label="By", max_length=200, required=False, help_text="A name, as it is written on the staff."
    )
    verb = forms.CharField(
        label="What", max_length=60, required=False, help_text="people.read_chart, for example."
    )
    since = Day(label="From", required=False)
    until = Day(label="To", required=False)
    before = forms.RegexField(r"^[0-9T:.+Z-]{10,40},[0-9]{1,18}$", required=False, widget=forms.HiddenInput)
