"""One case on a page: where it stands, what is to be done, all that happened and why, and the forms to act on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.forms.cases import (
    AttemptForm,
    Choices,
    EndForm,
    FindingForm,
    GiveForm,
    PromiseForm,
    SayForm,
    TaskForm,
)
from rejoin.console.present.case_makeup import MakeUpShown, present_make_up
from rejoin.console.present.worklist import BY_TAP, with_acts
from rejoin.followup import words
from rejoin.followup.actions.asking import may_dispose
from rejoin.followup.boards import (
    Happening,
    HappeningKind,
    Slice,
    WorkRow,
    WorkWanted,
    case_timeline,
    worklist_rows,
)
from rejoin.followup.models import Case
from rejoin.followup.safety import Location, SafetyContact, contacts_for_safety, location_of
from rejoin.followup.staleness import Change, version_of
from rejoin.makeups.staleness import MakeUpChange
from rejoin.programs.rights import Right

TONES: Final = {
    HappeningKind.NOTICED: "rose",
    HappeningKind.ATTEMPT: "sky",
    HappeningKind.REPLY: "amber",
    HappeningKind.DISPOSITION: "sage",
    HappeningKind.SAFETY: "amber",
    HappeningKind.DISCLOSURE: "rose",
    HappeningKind.PROMISE: "sage",
    HappeningKind.PICKED: "sage",
    HappeningKind.LOOKED_AT: "sage",
}
STAFF: Final = """
SELECT DISTINCT staff.id, staff.name FROM programs_staffrole AS held JOIN people_staff AS staff ON staff.id = held.staff_id
 WHERE held.program_id = %s AND held.from_at <= %s AND held.ended_at IS NULL ORDER BY staff.name
"""
COMING: Final = """
SELECT session.starts_at, coalesce("group".name, initcap(session.kind)) FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
 WHERE seat.patient_id = %s AND seat.released_at IS NULL AND session.held = 'scheduled' AND session.starts_at > %s
 ORDER BY session.starts_at LIMIT 4
"""
ABOUT: Final = """
SELECT session.ref, coalesce("group".name, initcap(session.kind)), session.module, version.version, program.slug,
       ARRAY(SELECT code FROM people_flag WHERE patient_id = "case".patient_id AND ended_at IS NULL ORDER BY code),
       ARRAY(SELECT value FROM people_address WHERE patient_id = "case".patient_id AND kind = 'phone'
              AND retired_at IS NULL ORDER BY rank, id)
  FROM followup_case AS "case" JOIN programs_session AS session ON session.id = "case".session_id
  JOIN programs_program AS program ON program.id = "case".program_id
  JOIN programs_policyversion AS version ON version.id = "case".policy_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id WHERE "case".id = %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One entry of the timeline, with its look."""

    it: Happening
    tone: str
    can_acknowledge: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form, what stands on its button, and whether it was sent and came back."""

    name: str
    title: str
    button: str
    form: forms.Form
    came_back: bool
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    session_ref: Any
    group: str
    module: str
    policy_version: int
    program_slug: str
    flags: tuple[str, ...]
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseShown:
    """The page."""

    case: Case
    name: str
    zone: ZoneInfo
    state: str
    ending: str
    about: About
    steps: list[tuple[WorkRow, str, str]]
    taps: Any
    timeline: tuple[Happened, ...]
    forms: tuple[Form, ...]
    location: Location
    contacts: tuple[SafetyContact, ...]
    make_up: MakeUpShown
    changes: tuple[Change | MakeUpChange, ...]
    """What happened since she opened the page whose form came back."""
    may_follow_up: bool
    needs_finding: bool


def present_case(
    asking: Asking,
    case: Case,
    *,
    sent: tuple[str, forms.Form] | None = None,
    sent_make_up: tuple[str, forms.Form] | None = None,
    changes: tuple[Change | MakeUpChange, ...] = (),
) -> CaseShown:
    """The page of `case`. `sent`: the form that came back, by its name; `sent_make_up`: one about its make-up."""
    at = asking.at
    steps = worklist_rows(
        [case.program_id], now=at, wanted=WorkWanted(case=case.pk), page=Slice(limit=20)
    ).rows
    timeline = tuple(_happened(each, asking) for each in case_timeline(case))
    contacts = contacts_for_safety(case.patient, at)
    session_ref, group, module, version, slug, flags, phones = select(ABOUT, [case.pk])[0]
    may = asking.may(Right.FOLLOW_UP, case.program_id) or asking.may(Right.SUPERVISE, case.program_id)
    found = any(each.kind is HappeningKind.DISPOSITION for each in (entry.it for entry in timeline))
    return CaseShown(
        case=case,
        name=called(case),
        zone=ZoneInfo(case.program.timezone),
        state=_state(case),
        ending=words.word(words.ENDINGS, case.final_outcome) if case.final_outcome else "",
        about=About(
            session_ref=session_ref,
            group=group,
            module=module,
            policy_version=version,
            program_slug=slug,
            flags=tuple(words.spaced(each) for each in flags),
            phones=tuple(phones),
        ),
        steps=with_acts(steps),
        taps=BY_TAP,
        timeline=tuple(reversed(timeline)),
        forms=_forms(asking, case, steps, contacts, sent) if may else (),
        location=location_of(case.patient, at),
        contacts=contacts,
        make_up=present_make_up(asking, case, sent=sent_make_up),
        changes=changes,
        may_follow_up=may,
        needs_finding=case.elevated and not found,
    )


def called(case: Case) -> str:
    """Her name, as she likes to be called."""
    return case.patient.preferred_name or case.patient.name or case.patient.external_id


def make_form(name: str, asking: Asking, case: Case, sent: QueryDict | None = None) -> forms.Form:
    """One of the case's forms, empty or as it was sent."""
    makers = _makers(
        asking, case, (), contacts_for_safety(case.patient, asking.at) if name == "attempt" else ()
    )
    return makers[name](sent)


def _makers(
    asking: Asking, case: Case, steps: tuple[WorkRow, ...], contacts: tuple[SafetyContact, ...]
) -> Mapping[str, Callable[[QueryDict | None], forms.Form]]:
    zone, start = ZoneInfo(case.program.timezone), {"seen": version_of(case)}
    staff = staff_choices(case.program_id, asking.at)
    open_steps: Choices = [
        (str(each.step_id), each.what.capitalize()) for each in steps if each.origin == "ladder"
    ] or [(str(pk), words.rung_words(rule)) for pk, rule in select(LADDER, [case.pk])]
    told: Choices = [
        (str(each.contact_id), f"{each.name} ({each.relation})") for each in contacts if each.may_be_told
    ]
    return {
        "attempt": lambda sent: AttemptForm(
            sent,
            auto_id="attempt_%s",
            zone=zone,
            initial={**start, "channel": "phone"},
            steps=open_steps,
            contacts=told,
        ),
        "promise": lambda sent: PromiseForm(
            sent, auto_id="promise_%s", zone=zone, initial=start, coming=_coming(case, asking.at, zone)
        ),
        "finding": lambda sent: FindingForm(sent, auto_id="finding_%s", zone=zone, initial=start),
        "give": lambda sent: GiveForm(sent, auto_id="give_%s", zone=zone, initial=start, staff=staff),
        "end": lambda sent: EndForm(sent, auto_id="end_%s", zone=zone, initial=start),
        "say": lambda sent: SayForm(sent, auto_id="say_%s", staff=staff),
        "task": lambda sent: TaskForm(sent, auto_id="task_%s", staff=staff),
    }


LADDER: Final = """
SELECT id, rule FROM followup_step WHERE case_id = %s AND ended_at IS NULL AND origin = 'ladder' AND actor <> 'system'
 ORDER BY due_at, id
"""
TITLES: Final = {
    "attempt": ("Record an attempt", "Write it down"),
    "promise": ("She said when she will be back", "Write it down"),
    "finding": ("A clinician's finding", "Sign the finding"),
    "give": ("Hand it to somebody else", "Hand over"),
    "end": ("End the case", "End it"),
    "task": ("Ask somebody to do something", "Add the task"),
    "say": ("Say something to the team", "Say it"),
}


def _forms(
    asking: Asking,
    case: Case,
    steps: tuple[WorkRow, ...],
    contacts: tuple[SafetyContact, ...],
    sent: tuple[str, forms.Form] | None,
) -> tuple[Form, ...]:
    """What she may do here now. A case that has ended takes attempts, notes and tasks, and nothing else."""
    makers = _makers(asking, case, steps, contacts)
    names = ["attempt", "say", "task"] if case.state == "closed" else list(TITLES)
    if not may_dispose(asking.staff, case.program, asking.at):
        names = [each for each in names if each != "finding"]
    found = []
    for name in names:
        came_back = sent is not None and sent[0] == name
        form = sent[1] if sent is not None and came_back else makers[name](None)
        title, button = TITLES[name]
        found.append(
            Form(
                name=name,
                title=title,
                button=button,
                form=form,
                came_back=came_back,
                primary=name == "attempt",
            )
        )
    return tuple(found)


def staff_choices(program_id: int, at: datetime) -> Choices:
    """Everybody who works in the program, by name."""
    return [(str(number), name) for number, name in select(STAFF, [program_id, at])]


def _coming(case: Case, at: datetime, zone: ZoneInfo) -> list[tuple[datetime, str]]:
    return [
        (starts_at, f"{starts_at.astimezone(zone):%A %-d %B, %H:%M}: {group}")
        for starts_at, group in select(COMING, [case.patient_id, at])
    ]


def _happened(it: Happening, asking: Asking) -> Happened:
    asked = it.told.get("asks_id") == asking.staff.pk and bool(it.told.get("waits"))
    return Happened(
        it=it, tone=TONES.get(it.kind, ""), can_acknowledge=it.kind is HappeningKind.NOTE and asked
    )


def _state(case: Case) -> str:
    return {"open": "Open", "stopped": "Outreach stopped", "closed": "Ended"}[case.state]
