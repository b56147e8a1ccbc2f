"""When a patient can come to make up for a session, and what groups ask of whoever comes to them."""

from typing import Any, Final

from django import forms

from rejoin.console.forms.days import Day
from rejoin.console.forms.patients import OnChart
from rejoin.console.present.patients_around import LANGUAGES
from rejoin.domain.kernel import Refusal
from rejoin.makeups.free_time import Stated, Window, as_text, read_windows
from rejoin.makeups.vocabulary import PartOfDay
from rejoin.people.models import Patient
from rejoin.people.vocabulary import AgeBand, Gender

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
AGES: Final[dict[str, str]] = {
    AgeBand.ADOLESCENT: "Adolescent",
    AgeBand.ADULT: "Adult",
    AgeBand.OLDER_ADULT: "Older adult",
}
GENDERS: Final[dict[str, str]] = {Gender.WOMAN: "Woman", Gender.MAN: "Man", Gender.NONBINARY: "Non-binary"}
PREFERS: Final[dict[str, str]] = {
    PartOfDay.MORNING: "In the morning",
    PartOfDay.AFTERNOON: "In the afternoon",
    PartOfDay.EVENING: "In the evening",
}
NOT_ON_FILE: Final = ("", "Not on file")


class _Times(forms.CharField):
    """The times of one day of her week, as people write them."""

    def __init__(self, weekday: int) -> None:
        self.weekday = weekday
        super().__init__(
            label=DAYS[weekday],
            required=False,
            max_length=200,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def clean(self, value: Any) -> list[Window]:
        try:
            return read_windows(self.weekday, super().clean(value))
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message) from None


class HoursForm(OnChart):
    """When she can come, week by week on her own clock."""

    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (_Times(each) for each in range(7))
    prefers = forms.ChoiceField(
        label="What suits her best",
        required=False,
        choices=[("", "It is all the same to her"), *PREFERS.items()],
    )
    from_on = Day(label="From", help_text="What she said before holds until then.")

    def __init__(self, *args: Any, stated: Stated | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clock = f"{self.zone.key.rpartition('/')[2].replace('_', ' ')} time"
        self.fields[
            "monday"
        ].help_text = f"Such as 9-12, 17:30-21, in {clock}. A day left empty: she cannot come."
        self.fields["sunday"].help_text = "All seven left empty: whenever she is awake."
        for weekday, name in enumerate(DAYS):
            own = [each for each in stated.windows if each.weekday == weekday] if stated else []
            self.fields[name.lower()].initial = as_text(own)
        self.fields["prefers"].initial = stated.prefers if stated else ""
        self.fields["from_on"].initial = self.now.astimezone(self.zone).date()

    @property
    def windows(self) -> list[Window]:
        return [window for name in DAYS for window in self.cleaned_data[name.lower()]]

    @property
    def preferred(self) -> PartOfDay | None:
        said: str = self.cleaned_data["prefers"]
        return PartOfDay(said) if said else None


class WhomForm(OnChart):
    """What groups may ask of whoever comes: only what is known of her counts."""

    age_band = forms.ChoiceField(label="Age", required=False, choices=[NOT_ON_FILE, *AGES.items()])
    gender = forms.ChoiceField(
        label="Gender, as she says",
        required=False,
        choices=[NOT_ON_FILE, *GENDERS.items()],
        help_text="Asked only where a group is for some alone.",
    )
    language = forms.ChoiceField(
        label="Language", choices=list(LANGUAGES.items()), help_text="Messages to her are in it as well."
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("age_band", "gender", "language"):
            self.fields[name].initial = getattr(patient, name)
