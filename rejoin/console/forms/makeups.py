"""What people enter about make-ups of a program: time that is open, extra sessions to be tried."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms

from rejoin.console.forms.days import Day, whose_clock
from rejoin.console.forms.selects import LongSelect
from rejoin.makeups.whatif import Extra, Way

Choices = Sequence[tuple[str, str]]
Contents = Mapping[str, tuple[str, str]]
"""By what a form sends of it: service and module."""
WAYS: Final = (("0", "A"), ("1", "B"))
ROWS: Final = 3
"""Sessions that a form has room for."""


def _clock(label: str, missing: str) -> forms.TimeField:
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}), error_messages={"required": missing}
    )


def _instant(day: object, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type] # a cleaned day


class OpenTimeForm(forms.Form):
    """Somebody's time for one-to-ones."""

    leader = forms.ChoiceField(
        label="Whose time", widget=LongSelect, error_messages={"required": "Choose whose time it is."}
    )
    on = Day(label="Day", error_messages={"required": "Give its day."})
    from_at = _clock("From", "Say when it begins.")
    to_at = _clock("To", "Say when it ends.")
    minutes = forms.IntegerField(
        label="Minutes each", min_value=15, max_value=120, initial=50, help_text="15 to 120."
    )

    def __init__(self, *args: Any, staff: Choices, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["leader"].choices = [("", "Choose"), *staff]  # type: ignore[attr-defined]
        self.fields["from_at"].help_text = whose_clock(zone)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and self.ends_at <= self.starts_at:
            self.add_error("to_at", "It ends after it begins, on the same day.")
        return cleaned

    @property
    def starts_at(self) -> datetime:
        return _instant(self.cleaned_data["on"], self.cleaned_data["from_at"], self.zone)

    @property
    def ends_at(self) -> datetime:
        return _instant(self.cleaned_data["on"], self.cleaned_data["to_at"], self.zone)


class ExtraForm(forms.Form):
    """One extra session that nobody has scheduled."""

    way = forms.ChoiceField(label="In way", choices=WAYS, required=False)
    """Of the first session it is not asked: A."""
    content = forms.ChoiceField(
        label="About", widget=LongSelect, error_messages={"required": "Choose what it is about."}
    )
    on = Day(label="Day", error_messages={"required": "Give its day."})
    at = _clock("At", "Say when it begins.")
    minutes = forms.IntegerField(label="Minutes", min_value=15, max_value=480, initial=60)
    seats = forms.IntegerField(label="Seats", min_value=1, max_value=99, initial=8)
    leader = forms.ChoiceField(
        label="Led by", widget=LongSelect, error_messages={"required": "Choose who leads it."}
    )

    def __init__(
        self, *args: Any, contents: Contents, words: Choices, staff: Choices, zone: ZoneInfo, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.contents = zone, contents
        self.fields["content"].choices = [("", "Choose"), *words]  # type: ignore[attr-defined]
        self.fields["leader"].choices = [("", "Choose"), *staff]  # type: ignore[attr-defined]
        self.fields["at"].help_text = whose_clock(zone)

    def has_changed(self) -> bool:
        """What was given beforehand (way, minutes, seats) makes no session of it."""
        return bool({"content", "on", "at", "leader"} & set(self.changed_data))

    @property
    def extra(self) -> Extra:
        said = self.cleaned_data
        service, module = self.contents[said["content"]]
        return Extra(
            service=service,
            module=module,
            starts_at=_instant(said["on"], said["at"], self.zone),
            minutes=said["minutes"],
            seats=said["seats"],
            leader=int(said["leader"]),
        )


class WhatIfForms:
    """Up to three extra sessions, in one way or in two beside each other."""

    def __init__(
        self,
        sent: Any = None,
        *,
        contents: Sequence[tuple[str, str]],
        staff: Choices,
        zone: ZoneInfo,
        chosen: str = "",
        at: datetime,
    ) -> None:
        by_key = {f"{service}|{module}": (service, module) for service, module in contents}
        words = [
            (key, " · ".join(each for each in pair if each) or "Any content") for key, pair in by_key.items()
        ]
        self.at = at
        self.rows = [
            ExtraForm(
                sent,
                prefix=f"s{number}",
                initial={"way": "0", "content": chosen if number == 0 and chosen in by_key else ""},
                empty_permitted=number > 0,
                use_required_attribute=False,
                contents=by_key,
                words=words,
                staff=staff,
                zone=zone,
            )
            for number in range(ROWS)
        ]

    def is_valid(self) -> bool:
        """All of them, and what only all of them together can say."""
        if not all([row.is_valid() for row in self.rows]):  # noqa: C419 - every one is to say what is wrong with it
            return False
        early = [row for row in self._filled if row.extra.starts_at <= self.at]
        for row in early:
            row.add_error("on", "It begins later than now.")
        return not early

    @property
    def is_more(self) -> bool:
        """More than one session was sent."""
        return any(row.is_bound and row.has_changed() for row in self.rows[1:])

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Where to go, and what is wrong there."""
        return [
            (f"id_{row.prefix}-{name}", f"Session {number}, {row.fields[name].label}: {error}")
            for number, row in enumerate(self.rows, start=1)
            for name, errors in row.errors.items()
            for error in errors
        ]

    @property
    def ways(self) -> list[Way]:
        """Those that have a session, A before B."""
        by_way = {
            key: [row.extra for row in self._filled if (row.cleaned_data["way"] or "0") == key]
            for key, _ in WAYS
        }
        return [tuple(each) for each in by_way.values() if each]

    @property
    def _filled(self) -> list[ExtraForm]:
        return [row for number, row in enumerate(self.rows) if number == 0 or row.has_changed()]
