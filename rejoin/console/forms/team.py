"""What people enter for the team: tasks, hand-offs, decisions."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

from rejoin.console.forms.cases import LONGEST_WORDS, Choices
from rejoin.console.forms.days import Day
from rejoin.console.forms.selects import LongSelect
from rejoin.domain.kernel import local_midnight
from rejoin.followup import words
from rejoin.followup.vocabulary import Decision, TaskTurn
from rejoin.programs.vocabulary import Role

TO: Final = tuple(
    (each.value, words.word(words.ROLES, each.value).capitalize())
    for each in Role
    if each not in (Role.BILLING, Role.PRIVACY_OFFICER)
)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last minute of `day` on the program's wall."""
    return local_midnight(day + timedelta(days=1), zone) - timedelta(minutes=1)


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class TaskEndForm(forms.Form):
    """A task is done, or no longer needed."""

    turn = forms.ChoiceField(
        choices=[(TaskTurn.DONE.value, "Done"), (TaskTurn.WITHDRAWN.value, "No longer needed")]
    )
    words = forms.CharField(max_length=LONGEST_WORDS, required=False)


class HandOffForm(forms.Form):
    """What this shift leaves to the next."""

    program = forms.ChoiceField(label="Program")
    to = forms.ChoiceField(
        label="To", required=False, help_text="A role, or everybody who works in the program."
    )
    words = forms.CharField(
        label="What the next shift should know",
        max_length=LONGEST_WORDS,
        widget=_area(5),
        help_text="What is open, who is waited for, what was promised.",
    )

    def __init__(self, *args: Any, programs: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["program"].choices = list(programs)  # type: ignore[attr-defined]
        self.fields["to"].choices = [("", "Everybody"), *TO]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """What people decided about a pattern, and why."""

    decision = forms.ChoiceField(
        label="What you decide",
        choices=[(each.value, words.DECISIONS[each]) for each in Decision],
        widget=forms.RadioSelect,
        help_text="Nothing follows from it by itself. Whatever is to happen, somebody does it.",
    )
    words = forms.CharField(
        label="Why",
        max_length=LONGEST_WORDS,
        widget=_area(4),
        help_text="It is read by people who were not there, and by her if she asks.",
    )
    owner = forms.ChoiceField(label="Who does it, or follows it up", required=False, widget=LongSelect)
    follow_up_on = Day(
        label="By which day",
        required=False,
        help_text="It becomes a task with that day. Whatever somebody has to do needs one.",
    )

    def __init__(self, *args: Any, staff: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "I do"), *staff]  # type: ignore[attr-defined]
