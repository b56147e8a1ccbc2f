"""A chart opened by somebody who stands in no relationship to its patient; and whoever looks after that."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from rejoin.audit.models import Event
from rejoin.audit.trail import READ_TRAIL, record_read, request_id
from rejoin.common import clock
from rejoin.common.actors import ENGINE, patient_actor, staff_actor
from rejoin.common.rows import execute
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.kernel import Refusal
from rejoin.people.access import patient_for
from rejoin.people.actions import raise_flag
from rejoin.people.models import Flag, Patient, Staff
from rejoin.programs.actions import break_glass, see_broken_glass
from rejoin.programs.actions.glass import LONGEST_WORDS
from rejoin.programs.glass import OPEN_FOR, BrokenGlass, BrokenGlassSeen
from rejoin.programs.models import Enrolment, StaffRole
from rejoin.programs.privacy import Asked, Told, broken_glasses, glass_for, read_trail, unseen_glasses
from rejoin.programs.vocabulary import GlassReason
from tests.apps.scene import START, Scene

pytestmark = pytest.mark.django_db
NOW = START
HOUR = timedelta(hours=1)


@dataclass
class House:
    """Two programs; noor of the first is near to nobody, petra looks after its privacy, quinn after the other's."""

    evening: Scene
    morning: Scene
    ada: Patient
    bob: Patient
    noor: Staff
    petra: Staff
    quinn: Staff


@pytest.fixture
def house() -> House:
    evening, morning = Scene(), Scene(slug="morning")
    made = House(
        evening=evening,
        morning=morning,
        ada=evening.admit("ada"),
        bob=morning.admit("bob", phone="+15550101"),
        noor=evening.hire("noor", "therapist"),
        petra=evening.hire("petra", "privacy_officer"),
        quinn=morning.hire("quinn", "privacy_officer"),
    )
    clock.simulate(shown_at=NOW, rate=0)
    return made


def breaking(staff: Staff, external_id: str, **how: Any) -> Any:
    given = {"reason": GlassReason.COVERING, "words": "Her therapist is ill tonight", "at": NOW, **how}
    return break_glass(staff=staff, external_id=external_id, by=staff_actor(staff.pk), **given)


def seen_now() -> set[str]:
    return set(Patient.objects.values_list("name", flat=True))


def told_of_glass() -> list[tuple[Any, ...]]:
    told = Event.objects.filter(verb="programs.break_glass").order_by("pk")
    return list(told.values_list("by", "subject", "patient_ref", "program_ref", "reason"))


# Breaking it


def test_a_broken_glass_opens_one_chart_for_some_hours(house: House) -> None:
    with seen_by_staff(house.noor.pk):
        assert seen_now() == set()
        glass = breaking(house.noor, house.ada.external_id)
        assert seen_now() == {"ada"}  # at once
    assert (glass.until_at, glass.staff, glass.patient) == (NOW + OPEN_FOR, house.noor, house.ada)
    for at, seen in ((NOW + OPEN_FOR - HOUR, {"ada"}), (NOW + OPEN_FOR, set())):
        clock.simulate(shown_at=at, rate=0)
        with seen_by_staff(house.noor.pk):
            assert seen_now() == seen
        assert set(Patient.objects.visible_to(house.noor, at).values_list("name", flat=True)) == seen
    with seen_by_staff(house.petra.pk):
        assert seen_now() == set()


def test_while_it_is_broken_she_writes_as_well(house: House) -> None:
    with seen_by_staff(house.noor.pk):
        breaking(house.noor, house.ada.external_id)
        raise_flag(patient=house.ada, code="high_risk", by=staff_actor(house.noor.pk), at=NOW)
    assert Flag.objects.get().raised_by == f"staff:{house.noor.pk}"


def test_it_is_told_with_its_reason_and_its_request(house: House) -> None:
    token = request_id.set("r-1")
    with seen_by_staff(house.noor.pk):
        glass = breaking(house.noor, house.ada.external_id, reason=GlassReason.DANGER)
    request_id.reset(token)
    by, program = f"staff:{house.noor.pk}", house.evening.program.pk
    assert told_of_glass() == [(by, f"glass:{glass.pk}", house.ada.pk, program, "danger")]
    assert Event.objects.get(verb="programs.break_glass").request == "r-1"


def test_a_patient_of_another_program_and_nobody_at_all_are_refused_in_the_same_words(house: House) -> None:
    answers = []
    for called in (house.bob.external_id, "nobody-there"):
        with seen_by_staff(house.noor.pk):
            answers.append(breaking(house.noor, called))
            assert seen_now() == set()
    assert [type(each) for each in answers] == [Refusal, Refusal]
    assert len({(each.code, each.message) for each in answers}) == 1
    assert not BrokenGlass.objects.exists()


def test_what_is_refused_is_told_to_those_who_look_after_her_programs_and_the_patients(house: House) -> None:
    with seen_by_staff(house.noor.pk):
        breaking(house.noor, house.bob.external_id)
        breaking(house.noor, "nobody-there")
    by, program = f"staff:{house.noor.pk}", house.evening.program.pk
    refused = (by, by, None, program, "refused")
    assert told_of_glass() == [refused, (by, by, house.bob.pk, None, "refused"), refused]
    for officer, patients in ((house.petra, [None, None]), (house.quinn, [house.bob.pk])):
        with seen_by_staff(officer.pk):
            told = read_trail(Asked(verb="programs.break_glass"), by=staff_actor(officer.pk), at=NOW)
        assert [each.patient_id for each in told] == patients


def test_somebody_without_a_role_is_refused_and_told_of_too(house: House) -> None:
    StaffRole.objects.filter(staff=house.noor).update(ended_at=NOW - HOUR, ended_by="staff:1")
    with seen_by_staff(house.noor.pk):
        assert isinstance(breaking(house.noor, house.ada.external_id), Refusal)
    told = [(patient, program, reason) for _, _, patient, program, reason in told_of_glass()]
    assert told == [(house.ada.pk, None, "refused"), (None, None, "refused")]


def test_a_chart_that_is_open_needs_no_glass(house: House) -> None:
    for staff in (house.evening.ben, house.evening.coordinator):
        with seen_by_staff(staff.pk):
            answer = breaking(staff, house.ada.external_id)
        assert answer.code == "glass.open"
    with seen_by_staff(house.noor.pk):
        breaking(house.noor, house.ada.external_id)
        assert breaking(house.noor, house.ada.external_id).code == "glass.open"
    assert [each[-1] for each in told_of_glass()] == ["open", "open", "covering", "open"]


def test_a_patient_who_has_left_is_found_as_well(house: House) -> None:
    Enrolment.objects.filter(patient=house.ada).update(
        ended_at=NOW - HOUR, ended_by="staff:1", ending="completed"
    )
    with seen_by_staff(house.noor.pk):
        assert isinstance(breaking(house.noor, house.ada.external_id), BrokenGlass)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"words": " "}, "glass.words"),
        ({"words": "x" * (LONGEST_WORDS + 1)}, "glass.words"),
        ({"external_id": " "}, "glass.nobody"),
        ({"by": ENGINE}, "glass.herself"),
    ],
)
def test_what_is_not_filled_in_asks_for_nobody(how: dict[str, Any], code: str, house: House) -> None:
    given: dict[str, Any] = {
        "staff": house.noor,
        "external_id": house.ada.external_id,
        "reason": GlassReason.OTHER,
        "words": "Why",
        "by": staff_actor(house.noor.pk),
        "at": NOW,
        **how,
    }
    with pytest.raises(Refusal) as refused:
        break_glass(**given)
    assert refused.value.code == code
    assert not Event.objects.filter(verb="programs.break_glass").exists()


def test_nobody_breaks_a_glass_in_anothers_name(house: House) -> None:
    for door in (seen_by_staff(house.petra.pk), seen_by_patient(house.ada.pk)):
        with pytest.raises(ProgrammingError, match="does so herself"), door:
            breaking(house.noor, house.ada.external_id)
    assert not BrokenGlass.objects.exists()


def test_no_glass_is_broken_past_the_function_that_tells_of_it(house: House) -> None:
    columns = "(at, by, staff_id, patient_id, reason, words, until_at)"
    values = (
        f"(rejoin_now(), 'staff:{house.noor.pk}', {house.noor.pk}, {house.ada.pk}, 'danger', 'x', "
        "rejoin_now() + interval '1 hour')"
    )
    with pytest.raises(ProgrammingError, match="permission denied"), seen_by_staff(house.noor.pk):
        execute(f"INSERT INTO programs_brokenglass {columns} VALUES {values}")


def test_an_empty_handed_patient_finds_no_glass_in_her_chart(house: House) -> None:
    with seen_by_staff(house.noor.pk):
        breaking(house.noor, house.ada.external_id)
    with seen_by_patient(house.ada.pk):
        assert not BrokenGlass.objects.exists()


# Looking after it


def opened_under_a_glass(house: House) -> BrokenGlass:
    """noor opens ada's chart and writes in it; then it is closed again."""
    with seen_by_staff(house.noor.pk):
        glass: BrokenGlass = breaking(house.noor, house.ada.external_id)
    for minutes in (5, 6):
        clock.simulate(shown_at=NOW + timedelta(minutes=minutes), rate=0)
        with seen_by_staff(house.noor.pk):
            patient_for(house.noor, house.ada.ref, clock.now())
    with seen_by_staff(house.noor.pk):
        raise_flag(patient=house.ada, code="high_risk", by=staff_actor(house.noor.pk), at=clock.now())
    late = NOW + OPEN_FOR + HOUR
    record_read("patient:1", patient=house.ada.pk, by=staff_actor(house.noor.pk), at=late)
    record_read("patient:1", patient=house.ada.pk, by=staff_actor(house.evening.ben.pk), at=NOW + HOUR)
    return glass


def test_whoever_looks_after_privacy_sees_who_opened_which_chart_when_why_and_what_was_read(
    house: House,
) -> None:
    glass = opened_under_a_glass(house)
    with seen_by_staff(house.petra.pk):
        (told,) = broken_glasses()
        assert unseen_glasses() == 1
    assert (told.id, told.at, told.until_at) == (glass.pk, NOW, NOW + OPEN_FOR)
    assert (told.staff_name, told.patient_name, told.patient_ref) == (house.noor.name, "ada", house.ada.ref)
    assert (told.reason, told.words) == ("covering", "Her therapist is ill tonight")
    assert [(each.verb, each.times) for each in told.opened] == [
        ("people.read_chart", 2),
        ("people.raise_flag", 1),
    ]
    assert told.opened[0].first_at == NOW + timedelta(minutes=5)
    assert (told.is_live(NOW + HOUR), told.is_live(NOW + OPEN_FOR)) == (True, False)
    assert (told.seen_at, told.seen_by) == (None, "")


@pytest.mark.parametrize("who", ["quinn", "noor", "ben", "coordinator"])
def test_nobody_else_looks_after_it(who: str, house: House) -> None:
    glass = opened_under_a_glass(house)
    staff = getattr(house, who, None) or getattr(house.evening, who)
    with seen_by_staff(staff.pk):
        assert (broken_glasses(), unseen_glasses()) == ((), 0)
        with pytest.raises(Refusal) as refused:
            glass_for(glass.pk)
    assert refused.value.code == "not_found"
    with pytest.raises(Refusal):
        glass_for(glass.pk)  # nor outside of the door
    with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(staff.pk):
        BrokenGlassSeen.objects.create(glass_id=glass.pk, at=NOW, by=str(staff_actor(staff.pk)))


def test_what_was_looked_at_comes_last_with_whoever_did(house: House) -> None:
    first = opened_under_a_glass(house)
    later = NOW + timedelta(hours=12)
    clock.simulate(shown_at=later, rate=0)
    with seen_by_staff(house.noor.pk):
        second = breaking(house.noor, house.ada.external_id, at=later)
    with seen_by_staff(house.petra.pk):
        assert [each.id for each in broken_glasses()] == [second.pk, first.pk]
        see_broken_glass(glass=glass_for(second.pk), by=staff_actor(house.petra.pk), at=later)
        told = broken_glasses()
        assert unseen_glasses() == 1
        assert broken_glasses(limit=1, offset=1) == told[1:]
    assert [(each.id, each.seen_at, each.seen_by) for each in told] == [
        (first.pk, None, ""),
        (second.pk, later, house.petra.name),
    ]
    event = Event.objects.get(verb="programs.see_broken_glass")
    assert (event.by, event.patient_ref) == (f"staff:{house.petra.pk}", house.ada.pk)


def test_it_is_looked_at_once_by_a_person_and_by_nobody_for_herself(house: House) -> None:
    glass = opened_under_a_glass(house)
    StaffRole.objects.create(
        program=house.evening.program,
        staff=house.noor,
        role="privacy_officer",
        from_at=NOW - HOUR,
        from_by="system:import",
    )
    with pytest.raises(Refusal, match="Somebody else"):
        _look_at(glass, house.noor)
    _look_at(glass, house.petra)
    with pytest.raises(Refusal, match="already"):
        _look_at(glass, house.petra)
    with pytest.raises(Refusal) as refused:
        see_broken_glass(glass=glass, by=ENGINE, at=NOW)
    assert refused.value.code == "a_person_decides"
    row = "INSERT INTO programs_brokenglassseen (glass_id, at, by) VALUES (%s, rejoin_now(), %s)"
    for name in (house.noor.pk, house.petra.pk):  # her own, or in another's name
        with pytest.raises(ProgrammingError, match="row-level security"), seen_by_staff(house.noor.pk):
            execute(row, [glass.pk, f"staff:{name}"])


def _look_at(glass: BrokenGlass, staff: Staff) -> None:
    with seen_by_staff(staff.pk):
        see_broken_glass(glass=glass_for(glass.pk), by=staff_actor(staff.pk), at=NOW)


def test_what_was_broken_and_seen_is_never_changed(house: House) -> None:
    glass = opened_under_a_glass(house)
    seen = see_broken_glass(glass=glass, by=staff_actor(house.petra.pk), at=NOW)
    with pytest.raises(IntegrityError, match="append_only"):
        BrokenGlassSeen.objects.filter(pk=seen.pk).update(by="staff:0")


# The trail


def trail(house: House, **asked: Any) -> list[tuple[str, str]]:
    with seen_by_staff(house.petra.pk):
        told = read_trail(Asked(**asked), by=staff_actor(house.petra.pk), at=NOW + HOUR)
    return [(each.verb, each.who) for each in told if each.verb != READ_TRAIL]


def test_the_trail_is_asked_by_patient_by_colleague_by_verb_and_by_time(house: House) -> None:
    opened_under_a_glass(house)
    noor, ben = house.noor.name, house.evening.ben.name
    everything = [
        ("people.read_chart", noor),
        ("people.read_chart", ben),
        ("people.raise_flag", noor),
        ("people.read_chart", noor),
        ("people.read_chart", noor),
        ("programs.break_glass", noor),
    ]
    assert trail(house) == everything
    assert trail(house, patient_id=house.ada.pk) == everything
    assert trail(house, patient_id=house.bob.pk) == []
    assert trail(house, staff_id=house.evening.ben.pk) == [("people.read_chart", ben)]
    assert trail(house, verb="people.raise_flag") == [("people.raise_flag", noor)]
    assert trail(house, since=NOW + HOUR) == everything[:2]
    assert trail(house, until=NOW + timedelta(minutes=1)) == everything[-1:]
    assert trail(house, staff_id=house.noor.pk, verb="people.read_chart", until=NOW + HOUR) == [
        ("people.read_chart", noor),
        ("people.read_chart", noor),
    ]


def test_the_trail_goes_on_where_a_page_ended(house: House) -> None:
    opened_under_a_glass(house)
    with seen_by_staff(house.petra.pk):
        who: Any = {"by": staff_actor(house.petra.pk), "at": NOW + timedelta(days=1)}
        whole = read_trail(Asked(until=NOW + timedelta(hours=20)), **who)
        pages: list[Told] = []
        before = None
        while page := read_trail(Asked(until=NOW + timedelta(hours=20), before=before, limit=2), **who):
            pages += page
            before = (page[-1].at, page[-1].id)
    assert pages == list(whole) != []


def test_the_trail_names_people_and_no_chart_is_open_for_it(house: House) -> None:
    opened_under_a_glass(house)
    record_read("patient:1", patient=house.ada.pk, by=patient_actor(house.ada.pk), at=NOW + 30 * HOUR)
    with seen_by_staff(house.petra.pk):
        told = read_trail(Asked(limit=1), by=staff_actor(house.petra.pk), at=NOW)
        assert seen_now() == set()
    (event,) = told
    assert (event.who, event.patient_name, event.patient_ref) == ("ada", "ada", house.ada.ref)


def test_the_engine_is_asked_for_by_its_patient_alone(house: House) -> None:
    house.evening.watched(house.evening.session(house.ada))
    house.evening.run(NOW + timedelta(minutes=61))
    with seen_by_staff(house.petra.pk):
        who: Any = {"by": staff_actor(house.petra.pk), "at": clock.now()}
        assert str(ENGINE) not in {each.by for each in read_trail(Asked(), **who)}
        assert str(ENGINE) in {each.by for each in read_trail(Asked(patient_id=house.ada.pk), **who)}


def test_whoever_reads_the_trail_is_in_it(house: House) -> None:
    trail(house)
    trail(house, patient_id=house.ada.pk)
    trail(house, staff_id=house.noor.pk)
    told = Event.objects.filter(verb=READ_TRAIL).order_by("pk")
    program = house.evening.program.pk
    assert list(told.values_list("by", "subject", "patient_ref", "program_ref")) == [
        (f"staff:{house.petra.pk}", "trail:0", None, program),
        (f"staff:{house.petra.pk}", f"patient:{house.ada.pk}", house.ada.pk, None),
        (f"staff:{house.petra.pk}", f"staff:{house.noor.pk}", None, program),
    ]
    assert (READ_TRAIL, house.petra.name) in [
        (each.verb, each.who)
        for each in _as(house.petra, lambda: read_trail(Asked(), by=staff_actor(house.petra.pk), at=NOW))
    ]


def _as(staff: Staff, ask: Any) -> Any:
    with seen_by_staff(staff.pk):
        return ask()


@pytest.mark.parametrize("who", ["quinn", "noor", "ben"])
def test_a_trail_is_read_by_nobody_but_whoever_looks_after_it(who: str, house: House) -> None:
    opened_under_a_glass(house)
    staff = getattr(house, who, None) or getattr(house.evening, who)
    told = _as(staff, lambda: read_trail(Asked(patient_id=house.ada.pk), by=staff_actor(staff.pk), at=NOW))
    assert told == ()
    assert read_trail(Asked(), by=ENGINE, at=NOW) == ()  # nor outside of the door


def test_how_much_there_is_makes_no_more_questions(house: House) -> None:
    opened_under_a_glass(house)
    counts = []
    for hours in (5, 10):
        with CaptureQueriesContext(connection) as asked, seen_by_staff(house.petra.pk):
            assert broken_glasses()
            unseen_glasses()
            assert read_trail(Asked(), by=staff_actor(house.petra.pk), at=NOW)
        counts.append(len(asked))
        clock.simulate(shown_at=NOW + timedelta(hours=hours), rate=0)
        with seen_by_staff(house.noor.pk):
            breaking(house.noor, house.ada.external_id, at=clock.now())
    assert counts[0] == counts[1] <= 9


# Reads of a chart


def test_a_read_of_a_chart_is_one_insert(house: House) -> None:
    with seen_by_staff(house.evening.ben.pk), CaptureQueriesContext(connection) as asked:
        record_read("case:1", patient=house.ada.pk, program=1, by=house.evening.as_ben(), at=NOW)
    inserts = [each["sql"] for each in asked if each["sql"].startswith("INSERT")]
    assert len(inserts) == 1
    event = Event.objects.get(verb="people.read_chart")
    assert (event.subject, event.patient_ref, event.program_ref) == ("case:1", house.ada.pk, 1)


def test_a_refused_insert_says_nothing_of_whom_it_was_about(house: House) -> None:
    """Row-level security refuses before a reference is looked at: an error tells nobody whether she is there."""
    row = "INSERT INTO people_flag (patient_id, code, raised_at, raised_by, ended_by) VALUES (%s, 'x', rejoin_now(), 'staff:1', '')"
    said = []
    for patient in (house.bob.pk, 0):
        with pytest.raises(ProgrammingError) as refused, seen_by_staff(house.noor.pk):
            execute(row, [patient])
        said.append(str(refused.value))
    assert said[0] == said[1]
