"""What people write down on a patient's chart."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

from rejoin.console.forms.days import Day, whose_clock
from rejoin.console.present.patients_around import FLAG_WORDS, LANGUAGES, PURPOSES, RELATIONS
from rejoin.console.present.patients_family import WHY_CLOSED
from rejoin.console.present.words import NOTICE_REASONS
from rejoin.domain.consent import About
from rejoin.domain.kernel import local_midnight
from rejoin.domain.policy.document import CHANNELS
from rejoin.followup.words import CHANNELS as CHANNEL_WORDS
from rejoin.followup.words import word
from rejoin.people.addresses import address_fault
from rejoin.people.vocabulary import AddressKind, Purpose, WhyClosed

Choices = Sequence[tuple[str, str]]
HERSELF: Final = "herself"
ANOTHER: Final = "another"
LIFT: Final = "lift"
TOLD_BY: Final = ("phone", "sms", "email", "portal", "in_person", "video")
LONGEST_CODE: Final = 40
YES_NO: Final = (("", "Not asked"), ("yes", "Yes"), ("no", "No"))


class OnChart(forms.Form):
    """A form of a chart. Days and times of day are those of `zone`, the program's."""

    def __init__(self, *args: Any, zone: ZoneInfo, now: datetime, **kwargs: Any) -> None:
        self.zone = zone
        self.now = now
        kwargs["auto_id"] = f"{type(self).__name__.removesuffix('Form').lower()}-%s"
        super().__init__(*args, **kwargs)

    def at_fault(self, code: str) -> str | None:  # noqa: ARG002 - a form with one field to put right says which
        """The field in which a refusal with that code is put right; None: the form as a whole."""
        return None

    def _choose(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


class OfReach(OnChart):
    """A form on how she, or somebody around her, is reached. It carries that as it was seen."""

    as_seen = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)

    def __init__(self, *args: Any, seen: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["as_seen"].initial = seen

    @property
    def seen(self) -> str | None:
        """None: whoever sent it saw no page of it."""
        return self.cleaned_data["as_seen"] or None

    def take_version(self, version: str) -> None:
        """The same words, and her chart as it is now: sent again, they go through."""
        self.data = {**{name: self.data[name] for name in self.data}, "as_seen": version}


class NoticeForm(OnChart):
    """She said that she cannot come, or why she did not."""

    seat = forms.ChoiceField(label="Which session")
    reason = forms.ChoiceField(
        label="Why", required=False, choices=[("", "She gave no reason"), *NOTICE_REASONS.items()]
    )
    via = forms.ChoiceField(
        label="How she told us",
        choices=[(each, word(CHANNEL_WORDS, each).capitalize()) for each in TOLD_BY],
    )
    on = Day(label="Day she said it", help_text="Today, unless it was earlier.")
    at = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def __init__(self, *args: Any, seats: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("seat", [("", "Choose"), *seats])
        self.fields["at"].help_text = whose_clock(self.zone)
        local = self.now.astimezone(self.zone)
        self.fields["on"].initial, self.fields["at"].initial = local.date(), local.time()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and self._said_at() >= self.now + timedelta(minutes=1):
            self.add_error("on", "This is still to come: write down when she said it.")
        return cleaned

    @property
    def received_at(self) -> datetime:
        """When she said it. Of the minute that runs: now."""
        return min(self._said_at(), self.now)

    def _said_at(self) -> datetime:
        on, at = self.cleaned_data["on"], self.cleaned_data["at"]
        return datetime.combine(on, at, tzinfo=self.zone).astimezone(UTC)


class FlagForm(OnChart):
    """What staff must know when she is missing."""

    code = forms.ChoiceField(label="What", widget=forms.RadioSelect)
    other = forms.CharField(
        label="In two or three words, if it is something else", required=False, max_length=LONGEST_CODE
    )

    def __init__(self, *args: Any, codes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose(
            "code",
            [*((code, _capital(word(FLAG_WORDS, code))) for code in codes), (ANOTHER, "Something else")],
        )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and self.cleaned_data["code"] == ANOTHER and not self.cleaned_data["other"]:
            self.add_error("other", "Say what staff must know.")
        return cleaned

    @property
    def said(self) -> str:
        """The flag as it is kept: "left_distressed"."""
        code: str = self.cleaned_data["code"]
        return code if code != ANOTHER else "_".join(self.cleaned_data["other"].lower().split())


class AddressForm(OfReach):
    """A number or an e-mail address of hers."""

    kind = forms.ChoiceField(
        label="What it is",
        choices=((AddressKind.PHONE.value, "Phone number"), (AddressKind.EMAIL.value, "E-mail address")),
        widget=forms.RadioSelect,
    )
    value = forms.CharField(
        label="Number or address",
        max_length=254,
        help_text="As in 212-555-0100, with + and the country in front outside of the United States.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors:
            fault = address_fault(self.cleaned_data["kind"], self.cleaned_data["value"])
            if fault:
                self.add_error("value", f"This {fault}.")
        return cleaned

    def at_fault(self, code: str) -> str | None:
        return "value" if code == "one_live_address_of_a_spelling" else None


class ContactForm(OfReach):
    """Somebody around her. Nobody is told anything before she allows it."""

    relation = forms.ChoiceField(label="Who that is to her", choices=list(RELATIONS.items()))
    name = forms.CharField(label="Name", max_length=200)
    phone = forms.CharField(
        label="Phone", max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    email = forms.CharField(
        label="E-mail", max_length=254, required=False, widget=forms.TextInput(attrs={"type": "email"})
    )
    language = forms.ChoiceField(label="Language", choices=list(LANGUAGES.items()))

    def clean_phone(self) -> str:
        return _address(AddressKind.PHONE, self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return _address(AddressKind.EMAIL, self.cleaned_data["email"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and not self.cleaned_data["phone"] and not self.cleaned_data["email"]:
            self.add_error("phone", "Give a phone number or an e-mail address.")
        return cleaned


class ConsentForm(OfReach):
    """What she allows from now on, or no longer."""

    whom = forms.ChoiceField(label="Who may be told")
    purpose = forms.ChoiceField(
        label="What they may be told",
        choices=[(key, words.capitalize()) for key, words in PURPOSES.items()],
    )
    channel = forms.ChoiceField(
        label="How", choices=[(each, word(CHANNEL_WORDS, each).capitalize()) for each in CHANNELS]
    )
    granted = forms.ChoiceField(
        label="What she says",
        choices=(("yes", "She allows it"), ("no", "She does not, or no longer")),
        widget=forms.RadioSelect,
    )
    until = Day(
        label="Until",
        required=False,
        help_text="The last day on which it holds. Empty: until she takes it back.",
    )
    source = forms.ChoiceField(
        label="Where she said it", choices=(("form", "On a signed form"), ("spoken", "To one of us"))
    )

    def __init__(
        self, *args: Any, people: Choices, whom: str = "", closed: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].help_text = told_closed(closed)
        self._choose("whom", [(HERSELF, "She herself"), *people])
        self.named = any(whom == value for value, _ in people)
        if self.named:
            self.fields["whom"].initial, self.fields["purpose"].initial = whom, Purpose.SAFETY.value

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        herself = self.cleaned_data["whom"] == HERSELF
        messages = self.cleaned_data["purpose"] == Purpose.MESSAGES
        if herself and not messages:
            self.add_error("purpose", "Of herself only messages are asked. Choose them, or somebody else.")
        if not herself and messages:
            self.add_error("purpose", "Messages to herself go to nobody else. Choose what they may be told.")
        if self.cleaned_data["granted"] == "no" and self.cleaned_data["until"]:
            self.add_error("until", "A no has no last day: leave this empty.")
        if self.until_at and self.until_at <= self.now:
            self.add_error("until", "This day is over already.")
        return cleaned

    @property
    def until_at(self) -> datetime | None:
        """The instant at which the last day is over."""
        until: date | None = self.cleaned_data.get("until")
        return local_midnight(until + timedelta(days=1), self.zone) if until else None


class BirthForm(OnChart):
    """When she was born: it decides whose word it takes before anybody of her family is told anything."""

    born_on = Day(
        label="Born on",
        required=False,
        help_text="Only where somebody around her is to be told anything. Empty: what stood here is wrong, and nobody knows.",
    )

    def clean_born_on(self) -> date | None:
        born_on: date | None = self.cleaned_data["born_on"]
        if born_on is not None and born_on > self.now.astimezone(self.zone).date():
            raise forms.ValidationError("This day is still to come.")
        return born_on

    def at_fault(self, code: str) -> str | None:
        return "born_on" if code == "birth_date" else None


class SignedForm(OnChart):
    """What a guardian of hers signed, or took back."""

    guardian = forms.ChoiceField(label="Which guardian signed")
    whom = forms.ChoiceField(label="Whom it lets us tell")
    about = forms.ChoiceField(
        label="What it lets us tell them",
        choices=[(each.value, PURPOSES[each.value].capitalize()) for each in About],
    )
    granted = forms.ChoiceField(
        label="What the guardian says",
        choices=(("yes", "Allows it"), ("no", "Does not, or no longer")),
        widget=forms.RadioSelect,
    )
    until = Day(
        label="Until",
        required=False,
        help_text="The last day on which it holds. Empty: until it is taken back.",
    )
    source = forms.ChoiceField(
        label="How it came to us",
        choices=(("form", "On a signed form"), ("spoken", "Said to one of us: no signature yet")),
    )

    def __init__(
        self, *args: Any, guardians: Choices, people: Choices, closed: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].help_text = told_closed(closed)
        self._choose("guardian", [("", "Choose"), *guardians])
        self._choose("whom", [("", "Choose"), *people])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        if self.cleaned_data["granted"] == "yes" and self.cleaned_data["source"] != "form":
            self.add_error(
                "source", "A yes of a guardian counts once it is signed. A no counts however it is said."
            )
        if self.cleaned_data["granted"] == "no" and self.cleaned_data["until"]:
            self.add_error("until", "A no has no last day: leave this empty.")
        if self.until_at and self.until_at <= self.now:
            self.add_error("until", "This day is over already.")
        return cleaned

    @property
    def until_at(self) -> datetime | None:
        """The instant at which the last day is over."""
        until: date | None = self.cleaned_data.get("until")
        return local_midnight(until + timedelta(days=1), self.zone) if until else None


class ClosingForm(OnChart):
    """Somebody around her is told nothing, whatever is signed; or again what is signed."""

    whom = forms.ChoiceField(label="Who")
    what = forms.ChoiceField(
        label="From now on",
        choices=[
            *((each.value, f"Told nothing: {words}") for each, words in WHY_CLOSED.items()),
            (LIFT, "No longer closed: what is signed counts again"),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("whom", [("", "Choose"), *people])

    @property
    def why(self) -> WhyClosed | None:
        """None: what was closed is lifted."""
        what: str = self.cleaned_data["what"]
        return None if what == LIFT else WhyClosed(what)

    def at_fault(self, code: str) -> str | None:
        return "what" if code.startswith("family.") else None


class LocationForm(OnChart):
    """Where she says she is today."""

    place = forms.CharField(
        label="Where she is now",
        max_length=300,
        help_text="The address, or what emergency services need to find her.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    state = forms.CharField(
        label="State",
        max_length=2,
        required=False,
        help_text="Two letters, such as NY.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    call_back = forms.CharField(
        label="Number to call back today",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    alone = forms.ChoiceField(label="Nobody can listen", choices=YES_NO, required=False)
    driving = forms.ChoiceField(label="She is driving", choices=YES_NO, required=False)
    contact_right = forms.ChoiceField(
        label="The emergency contact is still the right one", choices=YES_NO, required=False
    )

    def clean_state(self) -> str:
        state: str = self.cleaned_data["state"].upper()
        if state and not (len(state) == 2 and state.isascii() and state.isalpha()):
            raise forms.ValidationError("A state is written with two letters, such as NY.")
        return state

    def clean_call_back(self) -> str:
        return _address(AddressKind.PHONE, self.cleaned_data["call_back"])

    def answer(self, name: str) -> bool | None:
        """What she answered; None: she was not asked."""
        return {"yes": True, "no": False}.get(self.cleaned_data[name])


def told_closed(names: Sequence[str]) -> str:
    """Beside the choice of whom: what is recorded for these does not count yet."""
    if not names:
        return ""
    are = "is" if len(names) == 1 else "are"
    return (
        f"{', '.join(names)} {are} closed: what is recorded here does not count before that is lifted, "
        "under “Close to somebody, or lift it”."
    )


def _address(kind: AddressKind, value: str) -> str:
    fault = address_fault(kind.value, value) if value.strip() else ""
    if fault:
        raise forms.ValidationError(f"This {fault}.")
    return value.strip()


def _capital(words: str) -> str:
    """With its first letter large, and "C-SSRS" as it is."""
    return words[:1].upper() + words[1:]
