"""One patient on a page: what became of her sessions, what is owed, who is around her, what was said, and the forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import QueryDict

from rejoin.common.templatetags.pages import told_when
from rejoin.console.door import Asking
from rejoin.console.forms.coming import HoursForm, WhomForm
from rejoin.console.forms.patients import (
    AddressForm,
    BirthForm,
    Choices,
    ClosingForm,
    ConsentForm,
    ContactForm,
    FlagForm,
    LocationForm,
    NoticeForm,
    OnChart,
    SignedForm,
)
from rejoin.console.present.patients_around import LANGUAGES, Around, around
from rejoin.console.present.patients_coming import Coming, coming_of
from rejoin.console.present.patients_family import Family, family_of
from rejoin.console.present.patients_history import (
    History,
    Seat,
    histories,
    programs_of_patient,
    seats_of_patient,
)
from rejoin.console.present.patients_told import Told, told
from rejoin.domain.attendance import Held
from rejoin.followup.facts import zone_of
from rejoin.followup.safety import Location, contacts_for_safety, location_of
from rejoin.people.models import Patient
from rejoin.people.staleness import reach_version
from rejoin.people.vocabulary import Relation
from rejoin.programs.rights import Right

NOTICED_WITHIN: Final = timedelta(days=14)
"""A notice is of a session so far back or ahead at most: of an older one its sheet is corrected. Ours."""
TITLES: Final = {
    "notice": ("Write down that she cannot come", "Write down the notice"),
    "location": ("Write down where she is", "Write it down"),
    "flag": ("Raise a flag", "Raise the flag"),
    "address": ("Add a number or an address", "Add it"),
    "contact": ("Add somebody around her", "Add the contact"),
    "consent": ("Record what she allows", "Record it"),
    "hours": ("Write down when she can come", "Write it down"),
    "whom": ("Write down age, gender and language", "Write it down"),
    "birth": ("Write down when she was born", "Write it down"),
    "signed": ("Write down what a guardian signed", "Write it down"),
    "closing": ("Close to somebody, or lift it", "Record it"),
}
"""Of each form: its heading and its button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form, and whether it was sent and came back with something to put right."""

    name: str
    title: str
    button: str
    form: OnChart
    came_back: bool
    opened: bool
    """It came back, or whoever looks asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientShown:
    """The page."""

    patient: Patient
    called: str
    language: str
    zone: ZoneInfo
    """In which times are told: her program's."""
    her_zone: ZoneInfo
    histories: Sequence[History]
    around: Around
    told: Told
    location: Location
    coming: Coming
    family: Family
    may_care: bool
    forms: Mapping[str, Form]

    @property
    def here(self) -> bool:
        return any(each.here for each in self.histories)

    @property
    def sent(self) -> Form | None:
        """The form that came back."""
        return next((each for each in self.forms.values() if each.came_back), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What forms of a chart are made of, read once."""

    patient: Patient
    seats: Sequence[Seat]
    histories: Sequence[History]
    people: Choices
    codes: Sequence[str]
    """Flags that a policy of hers knows and that are not raised."""
    zone: ZoneInfo
    now: datetime
    may_care: bool
    seen: str
    """How she and those around her are reached, as whoever looks sees it."""
    guardians: Choices
    family: Family
    whom: str
    """Somebody around her, by number, of whom whoever looks means to write what she allows; "": nobody."""
    coming: Coming

    @property
    def closed(self) -> list[str]:
        """Those around her who are told nothing, whatever is signed."""
        return [each.name for each in self.family.people if each.closed]


def may_care_for(asking: Asking, patient: Patient) -> bool:
    """Whether she may write on this chart: she works in its care in a program of the patient's."""
    return any(asking.may(Right.CARE, program) for program in programs_of_patient(patient.pk))


def present_patient(
    asking: Asking,
    patient: Patient,
    *,
    sent: OnChart | None = None,
    whom: str = "",
    uninvited: tuple[int, str] | None = None,
) -> PatientShown:
    """The page of `patient`; `sent` is the form that came back, `whom` somebody around her whose consent is asked for.

    `uninvited`: to whom of them no invitation went out just now, by number, and why.
    """
    now = asking.at
    seats = seats_of_patient(patient.pk)
    spent = histories(patient.pk, seats, now)
    chart, people = _chart(asking, patient, seats, spent, whom=whom)
    return PatientShown(
        patient=patient,
        called=patient.preferred_name or patient.name or patient.external_id,
        language=LANGUAGES.get(patient.language, patient.language),
        zone=chart.zone,
        her_zone=zone_of(patient.timezone),
        histories=spent,
        around=people,
        told=told(patient.pk, [each.pk for each in asking.programs], seats, now),
        location=location_of(patient, now),
        coming=chart.coming,
        family=chart.family.refusing(*uninvited) if uninvited else chart.family,
        may_care=chart.may_care,
        forms=_forms(chart, sent) if chart.may_care else {},
    )


def make_form(asking: Asking, patient: Patient, name: str, data: QueryDict) -> OnChart:
    """The form `name` of her chart with `data` in it."""
    now = asking.at
    seats = seats_of_patient(patient.pk)
    chart, _ = _chart(asking, patient, seats, histories(patient.pk, seats, now))
    return FORMS[name](chart, data)


def _chart(
    asking: Asking, patient: Patient, seats: Sequence[Seat], spent: Sequence[History], *, whom: str = ""
) -> tuple[Chart, Around]:
    zone = spent[0].zone if spent else zone_of(patient.timezone)
    seen = reach_version(patient.pk)  # read first: what comes in between is told as new, and never missed
    people = around(patient.pk, contacts_for_safety(patient, asking.at), zone=zone, now=asking.at)
    raised = {each.code for each in people.flags}
    known = {code for each in spent for code in each.elevated_when}
    chart = Chart(
        patient=patient,
        seats=seats,
        histories=spent,
        people=[
            (str(each.contact.contact_id), f"{each.contact.name or 'Nameless'} ({each.relation.lower()})")
            for each in people.people
        ],
        guardians=[
            (str(each.contact.contact_id), each.contact.name or "Nameless")
            for each in people.people
            if each.contact.relation == Relation.GUARDIAN.value
        ],
        family=family_of(
            patient.pk,
            [
                (each.contact.contact_id, each.contact.name or "Nameless", each.contact.relation)
                for each in people.people
            ],
            asking.at,
        ),
        codes=sorted(known - raised),
        zone=zone,
        now=asking.at,
        may_care=any(asking.may(Right.CARE, each.program_id) for each in spent),
        seen=seen,
        whom=whom,
        coming=coming_of(patient, zone_of(patient.timezone), asking.at),
    )
    return chart, people


def _forms(chart: Chart, sent: OnChart | None) -> dict[str, Form]:
    found = {}
    for name, make in FORMS.items():
        form = make(chart, None)
        came_back = type(sent) is type(form)
        found[name] = Form(
            name=name,
            title=TITLES[name][0],
            button=TITLES[name][1],
            form=sent if came_back and sent is not None else form,
            came_back=came_back,
            opened=came_back or (isinstance(form, ConsentForm) and form.named),
        )
    return found


def _notice(chart: Chart, data: QueryDict | None) -> OnChart:
    near = [
        each
        for each in chart.seats
        if abs(each.session.starts_at - chart.now) <= NOTICED_WITHIN and each.session.held is Held.SCHEDULED
    ]
    ahead = sorted(
        near, key=lambda each: (each.session.ends_at < chart.now, abs(each.session.starts_at - chart.now))
    )
    seats = [
        (str(each.id), f"{told_when(each.session.starts_at, chart.now, chart.zone)}, {each.name}")
        for each in ahead
    ]
    return NoticeForm(data, zone=chart.zone, now=chart.now, seats=seats)


def _location(chart: Chart, data: QueryDict | None) -> OnChart:
    return LocationForm(data, zone=chart.zone, now=chart.now)


def _flag(chart: Chart, data: QueryDict | None) -> OnChart:
    return FlagForm(data, zone=chart.zone, now=chart.now, codes=chart.codes)


def _address(chart: Chart, data: QueryDict | None) -> OnChart:
    return AddressForm(data, zone=chart.zone, now=chart.now, seen=chart.seen)


def _contact(chart: Chart, data: QueryDict | None) -> OnChart:
    return ContactForm(data, zone=chart.zone, now=chart.now, seen=chart.seen)


def _consent(chart: Chart, data: QueryDict | None) -> OnChart:
    return ConsentForm(
        data,
        zone=chart.zone,
        now=chart.now,
        seen=chart.seen,
        people=chart.people,
        whom=chart.whom,
        closed=chart.closed,
    )


def _hours(chart: Chart, data: QueryDict | None) -> OnChart:
    return HoursForm(data, zone=zone_of(chart.patient.timezone), now=chart.now, stated=chart.coming.stated)


def _whom(chart: Chart, data: QueryDict | None) -> OnChart:
    return WhomForm(data, zone=chart.zone, now=chart.now, patient=chart.patient)


def _birth(chart: Chart, data: QueryDict | None) -> OnChart:
    return BirthForm(data, zone=chart.zone, now=chart.now, initial={"born_on": chart.family.born_on})


def _signed(chart: Chart, data: QueryDict | None) -> OnChart:
    return SignedForm(
        data,
        zone=chart.zone,
        now=chart.now,
        guardians=chart.guardians,
        people=chart.people,
        closed=chart.closed,
    )


def _closing(chart: Chart, data: QueryDict | None) -> OnChart:
    return ClosingForm(data, zone=chart.zone, now=chart.now, people=chart.people)


FORMS: Final[Mapping[str, Callable[[Chart, Any], OnChart]]] = {
    "notice": _notice,
    "location": _location,
    "flag": _flag,
    "address": _address,
    "contact": _contact,
    "consent": _consent,
    "hours": _hours,
    "whom": _whom,
    "birth": _birth,
    "signed": _signed,
    "closing": _closing,
}
