"""What people enter on a case. Each form carries the case as it was seen."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

from rejoin.console.forms.days import Day, whose_clock
from rejoin.console.forms.selects import LongSelect
from rejoin.followup import words
from rejoin.followup.actions import BY_A_PERSON
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult

Choices = Sequence[tuple[str, str]]
CHANNELS: Final = ("phone", "voice_auto", "video", "in_person", "letter", "secure_message", "sms", "email")
LONGEST_WORDS: Final = 4000
EVENING: Final = time(18, 0)
TRIED: Final = tuple(
    (each.value, words.word(words.OUTCOMES, each.value).capitalize())
    for each in AttemptOutcome
    if each is not AttemptOutcome.MESSAGE_SENT
)
LARGEST: Final = 2**63 - 1


class OnCase(forms.Form):
    """A form of a case. `seen` is the latest that whoever sends it has read of it."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=LARGEST)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        self.zone = zone
        super().__init__(*args, **kwargs)
        if "at" in self.fields:
            self.fields["at"].help_text = whose_clock(zone)

    def instant(self, day: str, clock: str, otherwise: time) -> datetime | None:
        """A day and a time of day on the program's wall, as an instant; None where no day was given."""
        on = self.cleaned_data.get(day)
        if on is None:
            return None
        at: time = self.cleaned_data.get(clock) or otherwise
        return datetime.combine(on, at, tzinfo=self.zone).astimezone(UTC)


def _clock(label: str) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}))


class AttemptForm(OnCase):
    """Somebody tried."""

    outcome = forms.ChoiceField(label="What came of it", choices=TRIED, widget=forms.RadioSelect)
    channel = forms.ChoiceField(
        label="How", choices=[(each, words.word(words.CHANNELS, each).capitalize()) for each in CHANNELS]
    )
    step = forms.ChoiceField(label="For which step", required=False)
    contact = forms.ChoiceField(
        label="Whom, if not her herself", required=False, help_text="Only people she allows to be told."
    )
    on = Day(label="Day, if not today", required=False)
    at = _clock("At")

    def __init__(self, *args: Any, steps: Choices = (), contacts: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].choices = [("", "None of them"), *steps]  # type: ignore[attr-defined]
        self.fields["contact"].choices = [("", "Her herself"), *contacts]  # type: ignore[attr-defined]

    @property
    def made_at(self) -> datetime | None:
        return self.instant("on", "at", time(12, 0))


class PromiseForm(OnCase):
    """She said when she will be back."""

    back_at = forms.ChoiceField(label="She will be back", widget=forms.RadioSelect, required=False)
    on = Day(label="Another day", required=False)
    at = _clock("At")

    def __init__(self, *args: Any, coming: Iterable[tuple[datetime, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["back_at"].choices = [(at.isoformat(), told) for at, told in coming]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not self.cleaned_data.get("back_at") and not self.cleaned_data.get("on"):
            self.add_error("back_at", "Choose a session, or give a day.")
        return cleaned

    @property
    def promised_at(self) -> datetime:
        on = self.instant("on", "at", EVENING)
        return on or datetime.fromisoformat(self.cleaned_data["back_at"])


class FindingForm(OnCase):
    """What a licensed clinician found."""

    result = forms.ChoiceField(
        label="How she is",
        choices=[(each.value, words.word(words.FINDINGS, each.value).capitalize()) for each in SafetyResult],
        widget=forms.RadioSelect,
    )
    instrument = forms.CharField(
        label="Asked with",
        max_length=40,
        required=False,
        help_text="The instrument, if one was used: C-SSRS, for example.",
    )


class GiveForm(OnCase):
    """Somebody else takes it over."""

    owner = forms.ChoiceField(label="To whom", widget=LongSelect)

    def __init__(self, *args: Any, staff: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Choose"), *staff]  # type: ignore[attr-defined]


class EndForm(OnCase):
    """How it ended, where only a person can know."""

    outcome = forms.ChoiceField(
        label="How it ended",
        choices=[(each.value, words.word(words.ENDINGS, each.value).capitalize()) for each in BY_A_PERSON],
        widget=forms.RadioSelect,
    )


class SayForm(forms.Form):
    """A note to the team. It always goes through: it overwrites nothing."""

    words = forms.CharField(
        label="What the others should know",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Of this miss. Never of another patient.",
    )
    asks = forms.ChoiceField(label="Who should say that they have read it", required=False, widget=LongSelect)

    def __init__(self, *args: Any, staff: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asks"].choices = [("", "Nobody in particular"), *staff]  # type: ignore[attr-defined]


class TaskForm(forms.Form):
    """Something somebody is to do by a day."""

    words = forms.CharField(
        label="What is to be done", max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.ChoiceField(label="Who", widget=LongSelect)
    on = Day(label="By")

    def __init__(self, *args: Any, staff: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Choose"), *staff]  # type: ignore[attr-defined]
