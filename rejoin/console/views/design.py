"""The gallery: every component in every state, at both densities. Pages copy from it; tests look at it."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rejoin.console.door import Asking, staff_page

OUTCOMES: Final = (
    ("attended", "Attended"),
    ("partial", "Partial"),
    ("missed", "Missed"),
    ("excused", "Excused"),
    ("not_admitted", "Not admitted"),
    ("not_admissible", "Not admissible"),
    ("cancelled", "Cancelled"),
    ("unrecorded", "Unrecorded"),
)
REACHED: Final = (
    ("contact", "Spoke with her"),
    ("voicemail", "Voicemail"),
    ("no_answer", "No answer"),
    ("wrong_number", "Wrong number"),
)
POLICY: Final = """\
version: 3
effective: 2026-01-01
sources:
  - Program handbook, section 4
ladder:
  - after: PT10M
    do: text
  - after: PT1H
    do: call
    by: coordinator
  - after: P1D
    do: call
    by: supervisor"""


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label="What she likes to be called",
        error_messages={"required": "Write a name."},
        help_text="As she said it, not as it is on a card.",
    )
    number = forms.CharField(label="Phone number", widget=forms.TextInput(attrs={"type": "tel"}))
    reached = forms.ChoiceField(
        label="What came of it",
        error_messages={"required": "Choose what came of it."},
        choices=REACHED,
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label="Days that suit her",
        choices=[("mon", "Monday"), ("wed", "Wednesday"), ("fri", "Friday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    channel = forms.ChoiceField(label="How", choices=[("phone", "By phone"), ("sms", "By text")])
    on = forms.DateField(label="When she means to be back", widget=forms.DateInput(attrs={"type": "date"}))
    words = forms.CharField(label="What she said", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    consented = forms.BooleanField(
        label="She said that we may text her", help_text="Ask each time the number changes."
    )


@staff_page()
def gallery(request: HttpRequest, asking: Asking, **named: Any) -> HttpResponse:  # noqa: ARG001 - as all views have it
    return TemplateResponse(request, "design/gallery.html", present_gallery(asking.at))


def present_gallery(now: datetime) -> dict[str, Any]:
    """What the gallery shows of people and times; all of it invented."""
    return {
        "densities": [_density("console", now), _density("portal", now)],
        "outcomes": OUTCOMES,
        "strip": [
            {"status": status, "word": word, "day": f"{now - timedelta(days=2 * (20 - at)):%b %-d}"}
            for at, (status, word) in enumerate(OUTCOMES[:3] * 3 + OUTCOMES)
        ],
        "late": now - timedelta(minutes=47),
        "soon": now + timedelta(minutes=25),
        "later": now + timedelta(hours=20),
        "page": Paginator(range(100), 20).page(2),
        "policy": POLICY.splitlines(),
        "marked": [8, 9, 10],
        "reached": REACHED,
        "owners": [("ben", "ben"), ("cleo", "cleo")],
        "sort": "-due",
    }


def _density(name: str, now: datetime) -> dict[str, Any]:
    wrong = SampleForm({"number": "555", "on": "soon"}, prefix=f"{name}-wrong")
    return {
        "name": name,
        "key": name[0],
        "form": SampleForm(prefix=name, initial={"reached": "voicemail", "on": now.date()}),
        "wrong": wrong,
        "pick": SampleForm(prefix=f"{name}-pick", initial={"reached": "no_answer"}),
    }
