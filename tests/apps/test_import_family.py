"""What guardians signed, births and closings go out and come in: dated, once, and refused with file, line and field."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, staff_actor
from rejoin.domain.consent import About
from rejoin.operations.exporting import TABLES, export_folder
from rejoin.operations.importing import import_folder
from rejoin.people import actions as people
from rejoin.people.family_facts import BirthDate, FamilyClosing, GuardianWord
from rejoin.people.models import Contact, Patient
from rejoin.people.vocabulary import Relation, WhyClosed
from rejoin.programs import actions
from rejoin.programs.models import Program
from rejoin.sheets.refused import BadInput
from tests.apps.test_import_folder import ANSWERED, LATER, Desk
from tests.apps.test_import_round_trip import forget_everything
from tests.apps.test_programs_policies import A
from tests.apps.town import HOUR, NOW, WHO, a_clinician, a_patient, a_program

pytestmark = pytest.mark.django_db
BORN = date(2010, 3, 1)
OUT = ("births.csv", "guardians.csv", "closings.csv")
SIGNED = "patient_id,guardian_name,contact,contact_name,purpose,granted,at,until,source\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def bring(desk: Desk, name: str, text: str, at: datetime = LATER) -> Any:
    """The desk's folder with one more table, which the builder knows nothing of."""
    folder = desk.folder.write()
    (folder / name).write_text(text)
    return import_folder(path=folder, program=desk.program, accept=ANSWERED, by=COMMAND, at=at)


def refused(desk: Desk, name: str, text: str) -> list[str]:
    with pytest.raises(BadInput) as bad:
        bring(desk, name, text)
    assert not Patient.objects.exists()
    return [f"{each.file}:{each.line}: {each.field}" for each in bad.value.problems]


def a_family() -> Program:
    program = a_program()
    ben = a_clinician(program)
    who: dict[str, Any] = {"by": staff_actor(ben.pk), "at": NOW}
    ada = a_patient("ada")
    actions.enrol(patient=ada, program=program, **WHO)
    people.record_birth_date(patient=ada, born_on=BORN, **who)
    grace = people.add_contact(patient=ada, relation=Relation.GUARDIAN, name="Grace", **WHO)
    lee = people.add_contact(patient=ada, relation=Relation.SUPPORTER, name="Lee", **WHO)
    for contact, about in ((grace, About.ATTENDANCE), (lee, About.SCHEDULING)):
        people.record_guardian_word(
            guardian=grace, contact=contact, about=about, granted=True, until_at=NOW + 99 * HOUR, **who
        )
    people.close_to_family(contact=lee, why=WhyClosed.SHE_ASKS, **who)
    people.open_to_family(contact=lee, by=staff_actor(ben.pk), at=NOW + HOUR)
    actions.publish_policy(program=program, text=A, accept=ANSWERED, **WHO)
    return program


def test_a_family_goes_out_and_comes_in_as_the_same_family_and_once(tmp_path: Path) -> None:
    out: dict[str, Any] = {"by": COMMAND, "at": NOW + 2 * HOUR}
    export_folder(path=tmp_path / "first", program=a_family(), **out)
    forget_everything()
    program = a_program()
    import_folder(path=tmp_path / "first", program=program, accept=ANSWERED, **out)
    assert BirthDate.objects.get().born_on == BORN
    assert GuardianWord.objects.filter(guardian__name="Grace", granted=True, source="form").count() == 2
    assert list(FamilyClosing.objects.order_by("at").values_list("contact__name", "closes", "why")) == [
        ("Lee", True, "she_asks"),
        ("Lee", False, ""),
    ]
    export_folder(path=tmp_path / "second", program=program, **out)
    for name in OUT:
        assert (tmp_path / "second" / name).read_text() == (tmp_path / "first" / name).read_text()
    events = Event.objects.count()
    again = import_folder(path=tmp_path / "first", program=program, **out)
    assert dict(again.did) == {}
    assert Event.objects.count() == events


def test_nothing_is_taken_for_signed_without_its_day_and_its_source(desk: Desk) -> None:
    text = (
        SIGNED
        + "P1,Grace,guardian,Grace,attendance,true,,,form\nP1,Grace,guardian,Grace,safety,yes,2026-10-01T10:00,,\n"
    )
    assert refused(desk, "guardians.csv", text) == ["guardians.csv:2: at", "guardians.csv:3: source"]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("guardians.csv", SIGNED + "P9,G,guardian,G,safety,yes,2026-10-01T10:00,,form\n", "2: patient_id"),
        ("guardians.csv", SIGNED + ",G,guardian,G,safety,yes,2026-10-01T10:00,,form\n", "2: patient_id"),
        ("guardians.csv", SIGNED + "P1,G,aunt,G,safety,yes,2026-10-01T10:00,,form\n", "2: contact"),
        ("guardians.csv", SIGNED + "P1,G,guardian,G,news,yes,2026-10-01T10:00,,form\n", "2: purpose"),
        ("guardians.csv", SIGNED + "P1,G,guardian,G,safety,no,2026-10-01T10:00,2027-01-01T10:00,form\n", "2: until"),
        ("guardians.csv", SIGNED + "P1,G,guardian,G,safety,yes,2026-10-01T10:00,2026-09-01T10:00,form\n", "2: until"),
        ("guardians.csv", SIGNED + "P1,G,guardian,G,safety,yes,2026-12-01T10:00,,form\n", "2: at"),
        ("births.csv", "patient_id,born_on,at\nP1,1816,2026-10-01T10:00\n", "2: born_on"),
        ("births.csv", "patient_id,born_on,at\nP1,2026-10-09,2026-10-01T10:00\n", "2: born_on"),
        ("births.csv", "patient_id,born_on\nP1,2010-03-01\n", "1: at"),
        ("closings.csv", "patient_id,contact,contact_name,closes,why,at\nP1,guardian,G,yes,,2026-10-01T10:00\n", "2: why"),
        ("closings.csv", "patient_id,contact,contact_name,closes,why,at\nP1,guardian,G,no,court,2026-10-01T10:00\n", "2: why"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place_and_nothing_comes_in(
    desk: Desk, name: str, text: str, where: str
) -> None:
    assert any(each.startswith(f"{name}:{where}") for each in refused(desk, name, text))


def test_a_birth_that_nobody_knows_after_all_is_a_word_too(desk: Desk) -> None:
    rows = "patient_id,born_on,at\nP1,2010-03-01,2026-10-01T10:00\nP1,,2026-10-02T10:00\n"
    done = bring(desk, "births.csv", rows)
    assert done.did["people.record_birth_date"] == 2
    assert list(BirthDate.objects.order_by("at").values_list("born_on", flat=True)) == [BORN, None]
    assert not Contact.objects.exists()
    assert dict(bring(desk, "births.csv", rows).did) == {}


GOES_OUT = {
    "people_patient": "roster",
    "people_address": "roster",
    "people_flag": "roster",
    "programs_enrolment": "roster",
    "programs_group": "roster",
    "programs_careteammember": "roster",
    "programs_session": "sessions",
    "programs_seat": "sessions",
    "programs_sessionstaff": "sessions",
    "rooms_room": "sessions",
    "rooms_identity": "identities",
    "people_staff": "staff",
    "people_licence": "staff",
    "programs_staffrole": "staff",
    "people_contact": "consents",
    "people_consent": "consents",
    "people_birthdate": "births",
    "people_guardianword": "guardians",
    "people_familyclosing": "closings",
    "programs_series": "series",
    "programs_policyversion": "policy",
    "insights_due": "measures",
    "insights_reopening": "measures",
    "insights_ending": "measures",
    "insights_sheet": "scores",
    "insights_itemanswer": "progress",
    "insights_riskrun": "estimates",
    "insights_riskestimate": "estimates",
}
"""Which table of the folder tells of each of ours."""
STAYS = {
    "people_relative": "sign-ins are given anew",
    "people_tie": "sign-ins are given anew",
    "programs_program": "is there before a folder comes",
    "programs_levelofcare": "not told yet",
    "programs_track": "not told yet",
    "programs_brokenglass": "who looked, here",
    "programs_brokenglassseen": "who looked, here",
    "programs_stateconfirmation": "a program's own counsel confirms, each for herself",
    "insights_schedule": "what a program asks is said anew, by whoever answers for it there",
    "insights_watch": "who watches for answers is of the people there",
    "insights_progressfit": "is fitted anew from the scores",
    "insights_postponed": "the engine's own",
    **dict.fromkeys(
        (
            "insights_experiment",
            "insights_experimentallotment",
            "insights_experimentstart",
            "insights_experimentstop",
            "insights_experimentreading",
        ),
        "what was compared here",
    ),
}
WHOLE_APPS_STAY = {
    *("common", "audit", "accounts", "longwork", "procrastinate", "contenttypes", "auth", "sessions"),
    *("account", "mfa", "usersessions"),
    # What is worked out from rooms and marks, and what was done here: docs/importing.md says so.
    *("rooms", "attendance", "visits", "makeups", "outreach", "continuity", "followup"),
}


def tables() -> Iterator[tuple[str, str]]:
    for config in apps.get_app_configs():
        for model in config.get_models():
            yield config.label, model._meta.db_table  # noqa: SLF001 - Django's own


def test_of_every_table_it_is_said_whether_an_export_tells_it() -> None:
    forgotten = {
        table
        for app, table in tables()
        if table not in GOES_OUT and table not in STAYS and app not in WHOLE_APPS_STAY
    }
    assert forgotten == set()
    assert set(GOES_OUT.values()) == set(TABLES)
    assert {*GOES_OUT, *STAYS} <= {table for _, table in tables()}
