"""What people enter about policies: a text with its first day, and the span of a replay."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from rejoin.domain.kernel import local_day
from rejoin.longwork.enclosures import NewFile
from rejoin.longwork.replaying import POLICY
from rejoin.longwork.vocabulary import Part
from rejoin.policies.editing import put
from rejoin.policies.loading import LARGEST_POLICY
from rejoin.programs.drafts import Draft, look_at_draft
from rejoin.programs.models import PolicyVersion, Program

LOOKS_BACK: Final = timedelta(days=91)
LONGEST_SPAN: Final = timedelta(days=731)


class PolicyText(forms.CharField):
    """A policy's text as its author writes it: lines end in one way, and nothing is stripped."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 30, "class": "mono", "spellcheck": "false", "wrap": "off"})
        super().__init__(
            label="The policy",
            max_length=LARGEST_POLICY,
            strip=False,
            widget=widget,
            error_messages={"required": "Write the policy."},
            **options,
        )

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class DayField(forms.DateField):
    """A day, in the browser's own field."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        messages = {"invalid": "Write a day like 2026-10-07.", "required": "Choose a day."}
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], error_messages=messages, **options)


class WritePolicy(forms.Form):
    """A new version: its text, from when on, and the version that was the latest when she began."""

    text = PolicyText()
    from_on = DayField(
        label="In force from",
        help_text="It is put into the text. No day that has been: what happened is judged by what was in force.",
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *given: Any, today: date, is_first: bool, **more: Any) -> None:
        super().__init__(*given, **more)
        self.today, self.is_first = today, is_first

    def clean_from_on(self) -> date:
        day: date = self.cleaned_data["from_on"]
        if day < self.today and not self.is_first:
            raise forms.ValidationError(f"Choose today ({self.today.isoformat()}) or a later day.")
        if day.year > self.today.year + 10:
            raise forms.ValidationError("Choose a day within the next ten years.")
        return day


class ReplayPolicy(forms.Form):
    """Which policy, and over which days."""

    text = PolicyText(
        help_text="It is tried as if it had been in force all along. Nothing of it is published or kept."
    )
    start = DayField(label="From")
    end = DayField(label="To, that day included")

    def __init__(self, *given: Any, today: date, **more: Any) -> None:
        super().__init__(*given, **more)
        self.today = today

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if end is not None and end > self.today:
            self.add_error("end", "Choose today or an earlier day: of days to come there is no history.")
        elif start is not None and end is not None and start > end:
            self.add_error("start", "The first day is after the last.")
        elif start is not None and end is not None and end - start > LONGEST_SPAN:
            self.add_error("start", "Choose two years at most.")
        return self.cleaned_data


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """A new version while it is written."""

    form: WritePolicy
    draft: Draft | None = None
    """None: there is no text to look at yet."""
    accepted: frozenset[str] = frozenset()
    """Codes of findings that she answers for."""
    meanwhile: PolicyVersion | None = None
    """Published by somebody since she began."""

    @property
    def ready(self) -> bool:
        """Whether nothing stands against publishing it."""
        if self.draft is None or self.meanwhile is not None or not self.form.is_valid():
            return False
        return not self.draft.problems and not self.draft.unanswered(self.accepted)


def begin_writing(program: Program, latest: PolicyVersion | None, *, now: datetime) -> Writing:
    """The latest text under the next number, from tomorrow on."""
    today = _today(program, now)
    text = put(latest.text, ("version",), str(latest.version + 1)) if latest else ""
    initial = {"text": text, "from_on": today + timedelta(days=1), "seen": latest.pk if latest else 0}
    return Writing(form=WritePolicy(initial=initial, today=today, is_first=latest is None))


def read_writing(
    sent: QueryDict, program: Program, latest: PolicyVersion | None, *, now: datetime
) -> Writing:
    """What was sent, with its first day put into the text, and what there is to say of it."""
    form = WritePolicy(sent, today=_today(program, now), is_first=latest is None)
    form.full_clean()
    text, from_on = form.cleaned_data.get("text"), form.cleaned_data.get("from_on")
    if text and from_on:
        text = put(text, ("effective", "from"), from_on.isoformat())
    seen = form.cleaned_data.get("seen") or 0
    return Writing(
        form=form,
        draft=look_at_draft(program=program, text=text, at=now) if text else None,
        accepted=frozenset(sent.getlist("accept")),
        meanwhile=latest if latest is not None and latest.pk != seen else None,
    )


def begin_replay(program: Program, text: str, *, now: datetime) -> ReplayPolicy:
    """The last quarter, up to yesterday."""
    today = _today(program, now)
    initial = {"text": text, "start": today - LOOKS_BACK, "end": today - timedelta(days=1)}
    return ReplayPolicy(initial=initial, today=today)


def read_replay(sent: QueryDict, program: Program, *, now: datetime) -> tuple[ReplayPolicy, Draft | None]:
    """What was sent, and the policy that it holds; None: it is not a text."""
    form = ReplayPolicy(sent, today=_today(program, now))
    form.full_clean()
    text = form.cleaned_data.get("text")
    return form, look_at_draft(program=program, text=text, at=now, to_publish=False) if text else None


def as_files(draft: Draft) -> list[NewFile]:
    """The policy with the overlays it needs, to go along with what is asked for."""
    texts = {POLICY: draft.text, **draft.overlays}
    return [
        NewFile(part=Part.BROUGHT, name=name, media_type="application/yaml", body=text.encode())
        for name, text in texts.items()
    ]


def _today(program: Program, now: datetime) -> date:
    return local_day(now, ZoneInfo(program.timezone))
