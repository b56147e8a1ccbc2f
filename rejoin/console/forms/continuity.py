"""What people enter about curricula and catching up."""

from django import forms

from rejoin.console.forms.cases import LONGEST_WORDS
from rejoin.continuity.vocabulary import Answered, Let, Wants

ENOUGH, TALK, LOOK_AGAIN = Answered.SIGNED_OFF.value, Wants.TALK.value, Wants.LOOK_AGAIN.value


class SignOffForm(forms.Form):
    """It is enough, or something is still wanted."""

    answer = forms.ChoiceField(
        label="What do you say to it?",
        choices=[
            (ENOUGH, "It is enough: she has caught up"),
            (TALK, "I would like to talk with her first"),
            (LOOK_AGAIN, "She looks at it once more"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the three."},
    )
    words = forms.CharField(
        label="A word to her",
        help_text="She reads it on her page.",
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class UnitWordForm(forms.Form):
    """A unit is let go for her, or she takes it again."""

    curriculum = forms.CharField(max_length=64)
    unit = forms.CharField(max_length=64)
    what = forms.ChoiceField(choices=[(each.value, each.value) for each in Let])
    words = forms.CharField(max_length=LONGEST_WORDS)
