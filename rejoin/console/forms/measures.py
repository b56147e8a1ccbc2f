"""What people enter about measures."""

from django import forms

from rejoin.console.forms.cases import LONGEST_WORDS
from rejoin.insights.vocabulary import Ending, How
from rejoin.programs.vocabulary import Role

DAYS = [
    (str(number), name) for number, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), 1)
]


class HowForm(forms.Form):
    """How answers were given, beside the answers themselves."""

    how = forms.ChoiceField(
        label="How",
        choices=[(How.SESSION.value, "With her, in a session"), (How.PHONE.value, "By phone")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether you were with her, or on the phone."},
    )
    on = forms.DateField(
        label="On which day",
        required=False,
        help_text="Left out: now.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class CloseForm(forms.Form):
    """She would rather not, or the staff take it back."""

    how = forms.ChoiceField(
        choices=[
            (Ending.DECLINED.value, "She would rather not"),
            (Ending.WITHDRAWN.value, "We take it back"),
        ]
    )
    words = forms.CharField(required=False, max_length=LONGEST_WORDS)


class ScheduleForm(forms.Form):
    instrument = forms.CharField(max_length=32)
    version = forms.CharField(max_length=32)
    every_days = forms.IntegerField(min_value=0, max_value=366)


class WatchForm(forms.Form):
    role = forms.ChoiceField(
        choices=[("", "Nobody"), *((each.value, each.value) for each in Role)], required=False
    )
    days = forms.MultipleChoiceField(choices=DAYS, required=False)
    opens = forms.TimeField(required=False)
    closes = forms.TimeField(required=False)
    within_minutes = forms.IntegerField(min_value=5, max_value=1440)
