"""Whether a curriculum can be run: each way in which it cannot, by unit and field."""

import pytest

from rejoin.domain.continuity import Curriculum, Kind, Part, faults_of
from tests.domain.continuity.courses import COURSE, NOTICING, REST, WAVES, course, unit


def told(curriculum: Curriculum) -> list[str]:
    return [str(each) for each in faults_of(curriculum)]


def test_nothing_is_wrong_with_a_curriculum_that_can_be_run() -> None:
    assert faults_of(COURSE) == ()


def test_one_without_units_teaches_nothing() -> None:
    assert told(course(parts=())) == ["curriculum: units: holds no unit"]


def test_two_units_are_not_told_apart_by_one_id_or_one_name() -> None:
    again = unit("again", also_called=("  WAVES ", "darse  cuenta"))
    assert told(course(NOTICING, WAVES, WAVES, again)) == [
        "waves: id: is the id of another unit too",
        "again: also_called: '  WAVES ' is what waves is called too",
        "again: also_called: 'darse  cuenta' is what noticing is called too",
    ]


def test_a_fault_leads_to_its_place_in_the_document() -> None:
    (fault,) = faults_of(course(NOTICING, unit("waves", needs=("gone",))))
    assert fault.path == ("units", 1, "needs")
    assert (fault.unit, fault.field) == ("waves", "needs")


def test_two_parts_are_not_told_apart_by_one_id() -> None:
    part = Part(id="all", units=("waves",), opens=True)
    assert told(course(WAVES, parts=(part, part))) == ["all: id: is the id of another part too"]


def test_units_that_are_nowhere_are_named_where_they_are_asked_for() -> None:
    lost = unit("lost", needs=("gone",), homework_from=("nowhere",))
    parts = (Part(id="all", units=("lost", "missing"), opens=True), Part(id="none", units=()))
    assert told(course(lost, parts=parts)) == [
        "lost: needs: there is no unit 'gone'",
        "lost: homework_from: there is no unit 'nowhere'",
        "all: units: there is no unit 'missing'",
        "none: units: holds no unit",
    ]


def test_a_circle_is_told_once_with_its_way() -> None:
    units = (
        *(unit("a", needs=("b",)), unit("b", needs=("c", "d")), unit("c", needs=("a",))),
        *(unit("d", needs=("e",)), unit("e", needs=("d",)), unit("f", needs=("c", "e"))),
    )
    assert told(course(*units)) == [
        "a: needs: goes in a circle: a needs b needs c needs a",
        "d: needs: goes in a circle: d needs e needs d",
    ]


def test_a_unit_that_needs_itself_is_a_circle() -> None:
    assert told(course(unit("a", needs=("a",)))) == ["a: needs: goes in a circle: a needs a"]


def test_an_open_unit_is_tied_to_nothing() -> None:
    tied = unit("tied", Kind.OPEN, needs=("rest",), homework_from=("waves",))
    onto = unit("onto", needs=("rest",))
    assert told(course(WAVES, REST, tied, onto)) == [
        "tied: needs: an open unit builds on nothing",
        "tied: homework_from: an open unit builds on nothing",
        "onto: needs: rest is open: nothing builds on it",
    ]


def test_a_unit_in_no_part_would_never_come_up() -> None:
    plans = unit("plans", needs=("waves",))
    parts = (Part(id="all", units=("plans",), opens=True),)
    assert told(course(WAVES, plans, parts=parts)) == [
        "waves: id: is in no part: it would never come up",
        "all: opens: new members begin here, and plans needs waves, which they would not have had",
    ]


def test_somebody_may_begin_with_the_first_part() -> None:
    parts = (Part(id="all", units=("waves",)),)
    assert told(course(WAVES, parts=parts)) == ["all: opens: new members may begin with the first part"]


def test_without_parts_no_unit_comes_up() -> None:
    needing = unit("plans", needs=("waves",))
    assert told(course(WAVES, needing, parts=())) == [
        "waves: id: is in no part: it would never come up",
        "plans: id: is in no part: it would never come up",
    ]


@pytest.mark.parametrize("field", ["needs", "homework_from"])
def test_a_unit_comes_after_what_it_builds_on(field: str) -> None:
    early = unit("early", needs=("waves",)) if field == "needs" else unit("early", homework_from=("waves",))
    assert told(course(early, WAVES)) == [f"early: {field}: waves does not come up before it"]


def test_a_foundation_comes_before_what_stands_on_it() -> None:
    late = unit("late", Kind.FOUNDATION)
    assert told(course(NOTICING, WAVES, late)) == [
        "late: kind: a foundation comes before what stands on it, and waves comes up first"
    ]


def test_a_foundation_may_come_up_again_later() -> None:
    parts = (
        Part(id="one", units=("noticing", "waves"), opens=True),
        Part(id="two", units=("noticing", "waves")),
    )
    assert told(course(NOTICING, WAVES, parts=parts)) == []


def test_members_do_not_begin_where_they_would_lack_what_an_earlier_part_teaches() -> None:
    plans = unit("plans", needs=("waves", "noticing"))
    parts = (
        Part(id="one", units=("noticing", "waves"), opens=True),
        Part(id="two", units=("plans",), opens=True),
    )
    assert told(course(NOTICING, WAVES, plans, parts=parts)) == [
        "two: opens: new members begin here, and plans needs waves, which they would not have had"
    ]
