"""What somebody says came of trying."""

from typing import Any

from django import forms

from rejoin.followup.vocabulary import AttemptOutcome


class TapForm(forms.Form):
    """The second of two taps: what came of it, and the case as it was seen."""

    outcome = forms.ChoiceField(choices=[(each.value, each.value) for each in AttemptOutcome])
    seen = forms.IntegerField(min_value=0, max_value=2**63 - 1)

    @property
    def said(self) -> dict[str, Any]:
        return {"outcome": AttemptOutcome(self.cleaned_data["outcome"]), "seen": self.cleaned_data["seen"]}


class SeenForm(forms.Form):
    """Nothing but the case as it was seen."""

    seen = forms.IntegerField(min_value=0, max_value=2**63 - 1)


class FoundOutForm(SeenForm):
    """Whether a message whose answer was lost went out."""

    went_out = forms.ChoiceField(choices=(("yes", "It went out"), ("no", "It did not")))
