"""What is asked of the console when its pages are measured: every page, and whatever its form lets a person choose.

Each list is asked for by each of its filters, each of what a filter may be, and each column that sorts it, both ways:
read off the list's own declaration, so that a filter somebody adds is measured with the rest.
"""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from rejoin.common import clock
from rejoin.console.door import asking_of
from rejoin.console.present.cases import CASES
from rejoin.console.present.learning import PERIODS
from rejoin.console.present.longwork import WORKS
from rejoin.console.present.overdue import OVERDUE
from rejoin.console.present.patients_list import PATIENTS
from rejoin.console.present.planner import OWED
from rejoin.console.present.planner_seats import SEATS
from rejoin.console.present.policies import VERSIONS
from rejoin.console.present.worklist import WORK
from rejoin.console.tables import Table
from rejoin.console.tables.filters import Choice, Day, Filter, Text, options_of
from rejoin.followup.models import Case, Review
from rejoin.followup.plan_reviews import PLAN_REVIEW
from rejoin.people.models import Patient, Staff
from rejoin.people.relatives import Tie
from rejoin.programs.models import PolicyVersion, Program, Session, StaffRole

EVERYBODY: Final = ("everywhere", "coordinator", "leader")
PLANNERS: Final = ("everywhere", "coordinator")
SUPERVISORS: Final = ("everywhere", "supervisor")
OPEN_TO: Final = {
    "today": EVERYBODY,
    "worklist": EVERYBODY,
    "cases": EVERYBODY,
    "patients": EVERYBODY,
    "makeups": EVERYBODY,
    "makeups_seats": PLANNERS,
    "makeups_plan": PLANNERS,
    "makeups_what_if": PLANNERS,
    "words": EVERYBODY,
    "huddle": EVERYBODY,
    "tasks": EVERYBODY,
    "handoff": EVERYBODY,
    "unmatched": ("everywhere", "coordinator"),
    "policies": EVERYBODY,
    "overdue": ("everywhere", "supervisor"),
    "longwork": ("director",),
    "catchups": EVERYBODY,
    "groups": EVERYBODY,
    "measures": SUPERVISORS,
    "progress": SUPERVISORS,
    "learning": SUPERVISORS,
    "estimated": EVERYBODY,
    "experiments": SUPERVISORS,
    "access": ("privacy_everywhere", "privacy_officer"),
    "break_glass": EVERYBODY,
}
LISTS: Final[dict[str, Table[Any]]] = {
    "worklist": WORK,
    "cases": CASES,
    "patients": PATIENTS,
    "makeups": OWED,
    "makeups_seats": SEATS,
    "overdue": OVERDUE,
    "policies": VERSIONS,
    "longwork": WORKS,
}
WRITTEN: Final = {
    "q": ("ada", "a", "z", "ada ", "P00", "P0421", "nobody of that name"),
    "group": ("Group 1", "Group 12", "G", "nothing"),
    "counselor": ("leader 3", "leader", "nobody"),
}
"""What people write into a field: a name that a fourteenth of all patients has, one letter, an identifier, half of one."""
DAYS: Final = ("2026-10-07", "2026-07-01", "2025-01-15")
TOGETHER: Final = {
    "cases": (
        "state=&sort=patient",
        "state=&sort=owner",
        "state=&q=ada&sort=patient",
        "state=closed&page=20",
    ),
    "worklist": ("q=ada&sort=patient", "elevated=1&overdue=1&sort=owner", "page=20"),
    "patients": ("q=ada&place=&sort=-identifier", "place=&sort=-called", "place=left&whose=mine", "page=20"),
}
"""More than one thing at once: what reads most of a history."""


class Asked(NamedTuple):
    """One page as one person opens it."""

    name: str
    who: str
    path: str


def everything_asked(years: SimpleNamespace) -> Iterator[Asked]:
    """Every page as each kind of person opens it."""
    years.supervisor = _holder("supervisor", of=years.coordinator)
    years.director = _holder("director", of=years.coordinator)
    for name, people in OPEN_TO.items():
        for who in people:
            yield Asked(name, who, reverse(f"console:{name}"))
    yield from _rows_of_their_own(years)
    for name, table in LISTS.items():
        for who in OPEN_TO[name]:
            yield from _choices(name, who, table, getattr(years, who))
    yield from _other_choices(years)
    yield from _of_measures(years)
    yield from _of_groups(years)
    yield from _of_a_patient_herself(years)
    yield from _of_a_family(years)


def _holder(role: str, *, of: int) -> int:
    """Who has that role in the program somebody coordinates, and in no other."""
    program = StaffRole.objects.filter(staff=of).values("program")[:1]
    only_there = StaffRole.objects.filter(program=program, role=role).exclude(
        staff__roles__program__lt=program
    )
    found = (
        only_there.exclude(staff__roles__program__gt=program)
        .order_by("staff")
        .values_list("staff", flat=True)
    )
    return found[0]


def _rows_of_their_own(years: SimpleNamespace) -> Iterator[Asked]:
    """Pages of one case, patient, session, review and program."""
    opened = Case.objects.filter(state="open").order_by("-opened_at")
    case = opened.filter(program__roles__staff=years.coordinator).first()
    own = (
        Case.objects.filter(patient__seats__session__leaders__staff=years.leader)
        .order_by("-opened_at")
        .first()
    )
    for who, found in (("everywhere", case), ("coordinator", case), ("leader", own)):
        assert found is not None
        yield Asked("case", who, reverse("console:case", args=[found.ref]))
        yield Asked("safety", who, reverse("console:case_safety", args=[found.ref]))
        yield Asked("ways back", who, reverse("console:case_makeup", args=[found.ref]))
        yield Asked("patient", who, reverse("console:patient", args=[found.patient.ref]))
    led = Session.objects.filter(leaders__staff=years.leader)
    for name, session in (
        ("session", led.order_by("-starts_at").first()),
        ("session, over", led.filter(ends_at__lt=clock.now()).order_by("-starts_at").first()),
        ("session, running", led.filter(ends_at__gt=clock.now(), starts_at__lt=clock.now()).first()),
    ):
        for who in EVERYBODY:
            if session is not None:
                yield Asked(name, who, reverse("console:session", args=[session.ref]))
    for review in (
        Review.objects.exclude(then=PLAN_REVIEW)
        .filter(open=True, program__roles__staff=years.coordinator)
        .order_by("pk")[:1]
    ):
        for who in ("everywhere", "supervisor"):
            yield Asked("review", who, reverse("console:review", args=[review.pk]))
    program = Program.objects.filter(roles__staff=years.coordinator).order_by("pk")[0]
    version = PolicyVersion.objects.filter(program=program).order_by("pk")[0]
    for who in EVERYBODY:
        yield Asked("policy, program", who, reverse("console:policy_program", args=[program.slug]))
        address = reverse("console:policy_version", args=[program.slug, version.version])
        yield Asked("policy, version", who, address)


def _of_measures(years: SimpleNamespace) -> Iterator[Asked]:
    """Of somebody who has been here for as long as anybody: what she was asked, how she is, and the plan to look at."""
    own = Patient.objects.filter(seats__session__leaders__staff=years.leader, sheets__isnull=False)
    for who, patient in (
        ("everywhere", Patient.objects.get(pk=years.patient)),
        ("coordinator", _in_program_of(years.coordinator)),
        ("leader", own.filter(enrolments__ended_at__isnull=True).order_by("pk")[0]),
    ):
        for name in ("patient_measures", "patient_progress", "patient_progress_file"):
            yield Asked(name, who, reverse(f"console:{name}", args=[patient.ref]))
        due = patient.measures_due.filter(instrument="phq9", sheet__isnull=False).latest("due_on")
        yield Asked("patient_measure", who, reverse("console:patient_measure", args=[patient.ref, due.ref]))
        yield Asked("patient, longest here", who, reverse("console:patient", args=[patient.ref]))
    plans = Review.objects.filter(open=True, then=PLAN_REVIEW, program__roles__staff=years.coordinator)
    for plan in plans.order_by("pk")[:1]:
        for who in SUPERVISORS:
            yield Asked("plan review", who, reverse("console:review", args=[plan.pk]))
    programs = Program.objects.filter(roles__staff=years.everywhere).order_by("name")
    for slug in (programs[0].slug, programs.reverse()[0].slug):
        yield Asked("progress, program", "everywhere", f"{reverse('console:progress')}?program={slug}")
        yield Asked("learning, program", "everywhere", f"{reverse('console:learning')}?program={slug}")
    for days, _ in PERIODS:
        for who in SUPERVISORS:
            yield Asked(f"learning, days={days}", who, f"{reverse('console:learning')}?days={days}")
    for who in SUPERVISORS:
        yield Asked("learning, as a file", who, f"{reverse('console:learning')}?format=csv")


def _in_program_of(staff: int) -> Patient:
    here = Patient.objects.filter(enrolments__ended_at__isnull=True, sheets__instrument="phq9")
    found: Patient = here.filter(enrolments__program__roles__staff=staff).order_by("pk")[0]
    return found


def _of_groups(years: SimpleNamespace) -> Iterator[Asked]:
    """One group, and a session of it before and after."""
    led = Session.objects.filter(leaders__staff=years.leader, group__isnull=False)
    group = led.order_by("-starts_at")[0].group_id
    before = led.filter(starts_at__gt=clock.now()).order_by("starts_at")[0]
    after = led.filter(ends_at__lt=clock.now()).order_by("-starts_at")[0]
    for who in EVERYBODY:
        yield Asked("group", who, reverse("console:group", args=[group]))
        yield Asked("brief", who, reverse("console:session_brief", args=[before.ref]))
        yield Asked("brief, over", who, reverse("console:session_brief", args=[after.ref]))
    for who in PLANNERS:
        for name in ("group_progress", "group_progress_file"):
            yield Asked(name, who, reverse(f"console:{name}", args=[group]))


def _of_a_patient_herself(years: SimpleNamespace) -> Iterator[Asked]:
    """Her own pages, of somebody who has been here for long."""
    patient = Patient.objects.get(pk=years.patient)
    for name in ("today", "sessions", "catch_ups", "measures", "notices", "messages", "preferences"):
        yield Asked(f"portal, {name}", "patient", reverse(f"portal:{name}"))
    due = patient.measures_due.filter(instrument="phq9").latest("due_on")
    yield Asked("portal, measure", "patient", reverse("portal:measure", args=[due.ref]))
    case = patient.cases.filter(seat__status__status="missed").latest("opened_at")
    yield Asked("portal, missed", "patient", reverse("portal:missed", args=[case.ref]))
    for seat in patient.seats.filter(session__ends_at__gt=clock.now()).order_by("session__starts_at")[:1]:
        yield Asked("portal, cannot", "patient", reverse("portal:cannot", args=[seat.pk]))


def _of_a_family(years: SimpleNamespace) -> Iterator[Asked]:
    """What somebody around a patient sees by a sign-in of her own."""
    yield Asked("family", "relative", reverse("family:home"))
    tie = Tie.objects.filter(relative=years.relative).order_by("pk")[0]
    yield Asked("family, person", "relative", reverse("family:person", args=[tie.ref]))


def _choices(name: str, who: str, table: Table[Any], staff: int) -> Iterator[Asked]:
    """The list narrowed by each thing its form offers, and sorted by each of its columns."""
    asking = asking_of(Staff.objects.get(pk=staff), clock.now())
    address = reverse(f"console:{name}")
    for each in table.filters:
        for said in dict.fromkeys(_said(each, options_of(each, asking))):
            yield Asked(f"{name}, {each.name}={said}", who, f"{address}?{urlencode({each.name: said})}")
    for column in table.columns:
        if column.sort:
            for way in ("", "-"):
                yield Asked(f"{name}, sort={way}{column.name}", who, f"{address}?sort={way}{column.name}")
    for together in TOGETHER.get(name, ()):
        yield Asked(f"{name}, {together}", who, f"{address}?{together}")


def _said(asked: Filter, options: Any) -> list[str]:
    """What may be asked of it. Of many programs the first and the last."""
    if isinstance(asked, Text):
        return list(WRITTEN[asked.name])
    if isinstance(asked, Day):
        return list(DAYS)
    assert isinstance(asked, Choice)
    offered = ["", *(value for value, _ in options)]
    return [offered[1], offered[-1]] if asked.name == "program" and len(offered) > 1 else offered


def _other_choices(years: SimpleNamespace) -> Iterator[Asked]:
    """Pages whose choices are no list's."""
    programs = Program.objects.filter(roles__staff=years.coordinator).order_by("pk")
    slug = programs[0].slug
    for name, queries in (
        ("today", ("mine=0", "mine=1", f"program={slug}", "page=2")),
        ("huddle", (f"program={slug}",)),
        ("tasks", ("whose=",)),
        ("unmatched", ("page=2",)),
    ):
        for who in OPEN_TO[name]:
            for query in queries:
                yield Asked(f"{name}, {query}", who, f"{reverse(f'console:{name}')}?{query}")
    patient = Patient.objects.get(pk=years.patient)
    colleague = Staff.objects.get(pk=years.coordinator)
    for asked in (
        {"patient": patient.external_id},
        {"staff": colleague.name},
        {"staff": "nobody of that name"},
        {"verb": "people.read_chart"},
        {"verb": "followup.record_attempt"},
        {"verb": "nothing of that name"},
        {"since": "2026-10-01"},
        {"until": "2025-06-01"},
        {"since": "2025-06-01", "until": "2025-06-02"},
        {"staff": colleague.name, "verb": "people.read_chart"},
    ):
        for who in OPEN_TO["access"]:
            said = urlencode(asked)
            yield Asked(f"access, {said}", who, f"{reverse('console:access')}?{said}")
