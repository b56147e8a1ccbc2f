"""What people record when a patient may be in danger."""

from typing import Any, Final

from django import forms

from rejoin.console.forms.cases import LARGEST, LONGEST_WORDS
from rejoin.domain.safety import SafetyStep, StepResult
from rejoin.followup.vocabulary import DisclosureBasis
from rejoin.followup.words import BASES

RESULTS: Final = {
    StepResult.DONE: "Done",
    StepResult.NOT_DONE: "Not done",
    StepResult.KNOWN: "Known",
    StepResult.NOT_KNOWN: "Not known",
    StepResult.REACHED_SAFE: "Reached, safe",
    StepResult.REACHED_CONCERN: "Reached, concern",
    StepResult.NOT_REACHED: "Not reached",
    StepResult.DECLINED: "She declined",
    StepResult.REQUESTED: "Requested",
    StepResult.NOT_REQUESTED: "Not requested",
    StepResult.FOUND_SAFE: "Found safe",
    StepResult.FOUND_IN_NEED: "Found in need",
    StepResult.NOT_FOUND: "Not found",
}


class SafetyForm(forms.Form):
    """A step as it was taken, or left out and why."""

    step = forms.ChoiceField(choices=[(each.value, each.value) for each in SafetyStep])
    result = forms.ChoiceField(choices=[(each.value, word) for each, word in RESULTS.items()])
    words = forms.CharField(max_length=LONGEST_WORDS, required=False)
    seen = forms.IntegerField(min_value=0, max_value=LARGEST)


class DisclosureForm(forms.Form):
    """Who was told without her consent, as 42 CFR 2.51(c) asks for it."""

    basis = forms.ChoiceField(label="Why it was allowed", widget=forms.RadioSelect)
    recipient = forms.CharField(label="Who was told", max_length=200)
    affiliation = forms.CharField(label="For whom they work, or who they are", max_length=200)
    nature = forms.CharField(
        label="What the emergency was", max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, part2: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = [each for each in DisclosureBasis if not part2 or each is DisclosureBasis.MEDICAL_EMERGENCY]
        self.fields["basis"].choices = [(each.value, BASES[each].capitalize()) for each in allowed]  # type: ignore[attr-defined]
