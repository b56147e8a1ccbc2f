"""Who has sat with whom: counts with what they were counted from."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Status
from rejoin.domain.cohesion import (
    Face,
    GroupSession,
    Seat,
    Shared,
    count_together,
    find_familiar_faces,
    find_strangers,
    recent,
    sat_together,
    tell_standing,
    tell_standings,
)
from tests.domain.cohesion.circle import LETTERS, evenings, inside, start_of


def test_two_who_came_to_the_same_session_have_met_and_one_who_was_not_there_has_not() -> None:
    known = count_together(evenings(ada="aa", eve="am", fay="mp"))
    assert known.pairs == {("ada", "eve"): Shared(1, start_of(0)), ("ada", "fay"): Shared(1, start_of(1))}
    assert known.shared("eve", "ada") == known.shared("ada", "eve")
    assert known.shared("eve", "fay") is None
    assert (known.observed, known.came) == (2, {"ada": 2, "eve": 1, "fay": 1})


def test_sessions_together_are_counted_and_the_last_is_remembered() -> None:
    known = count_together(reversed(evenings(ada="apa", eve="aap")))
    assert known.shared("ada", "eve") == Shared(3, start_of(2))


@pytest.mark.parametrize("status", [each for each in Status if each not in ("attended", "partial")])
def test_whoever_is_not_known_to_have_come_has_sat_with_nobody(status: Status) -> None:
    ada = Seat(patient="ada", status=Status.ATTENDED, spans=(inside(0, 60),))
    assert not sat_together(ada, Seat(patient="eve", status=status, spans=(inside(0, 60),)))


@pytest.mark.parametrize(
    ("hers", "met"),
    [
        ((inside(0, 30),), True),
        ((inside(60, 90),), False),
        ((inside(0, 10),), True),
        ((inside(0, 9.9),), False),
        ((inside(0, 5), inside(25, 35)), True),
        ((inside(0, 5), inside(2, 7)), False),
        ((), True),
    ],
    ids=[
        "an hour's half",
        "after she left",
        "ten minutes",
        "less",
        "in two parts",
        "two devices at once",
        "nobody knows",
    ],
)
def test_they_met_if_they_were_inside_at_the_same_time(hers: tuple[object, ...], met: bool) -> None:
    ada = Seat(patient="ada", status=Status.PARTIAL, spans=(inside(0, 60),))
    eve = Seat(patient="eve", status=Status.PARTIAL, spans=hers)  # type: ignore[arg-type]
    assert sat_together(ada, eve) is met
    assert sat_together(eve, ada) is met


def test_who_left_before_another_came_has_not_met_her_in_that_session() -> None:
    session = GroupSession(
        id="s0",
        starts_at=start_of(0),
        ends_at=start_of(1),
        seats=(
            Seat(patient="ada", status=Status.PARTIAL, spans=(inside(0, 60),)),
            Seat(patient="eve", status=Status.PARTIAL, spans=(inside(60, 120),)),
        ),
    )
    known = count_together([session])
    assert (known.pairs, known.came) == ({}, {"ada": 1, "eve": 1})


def test_familiar_faces_are_those_expected_today_most_often_met_first_and_whom_she_has_not_met() -> None:
    known = count_together(evenings(ada="aaa", eve="amm", fay="maa", gil="mmm", hal="aaa"))
    faces = find_familiar_faces("ada", among=["ada", "gil", "fay", "eve", "fay"], known=known)
    assert faces.met == (
        Face(patient="fay", sessions=2, last_at=start_of(2)),
        Face(patient="eve", sessions=1, last_at=start_of(0)),
    )
    assert faces.unmet == ("gil",)
    assert faces.came == 3
    assert faces.because[0].text.startswith("has sat with 2 of 3, counted from 3 sessions of hers among 3")


def test_somebody_who_never_came_has_no_familiar_faces() -> None:
    faces = find_familiar_faces("ivy", among=["ada"], known=count_together(evenings(ada="a")))
    assert (faces.met, faces.unmet, faces.came) == ((), ("ada",), 0)


def test_strangers_are_pairs_in_order_and_nobody_is_a_stranger_to_herself() -> None:
    known = count_together(evenings(ada="a.", eve="aa", fay=".a"))
    assert find_strangers(["fay", "eve", "ada", "ada"], known) == (("ada", "fay"),)


def test_a_standing_is_a_share_with_what_it_was_counted_from_and_no_word_on_why() -> None:
    known = count_together(evenings(ada="aaaaam", eve="aaaaaa", fay="aaaaaa", gil="mmmmma", hal="mmmmmm"))
    told = tell_standing("ada", members=["ada", "eve", "fay", "gil", "hal"], known=known)
    assert (told.met, told.of, told.came, told.observed, told.share) == (2, 3, 5, 6, Fraction(2, 3))
    assert told.because[0].text == (
        "has sat with 2 of 3: 5 sessions of hers among 6 of the group, 3 others who came; "
        "counts only: they say neither why nor how anybody is"
    )


@pytest.mark.parametrize(
    "group",
    [
        {"ada": "aaaam", "eve": "aaaaa", "fay": "aaaaa", "gil": "aaaaa"},
        {"ada": "aaaaa", "eve": "aaaaa", "fay": "aaaaa"},
        {"ada": "aaaaa", "eve": "mmmma"},
    ],
    ids=["four sessions of hers", "two others", "one other"],
)
def test_with_too_few_observations_nothing_is_said(group: dict[str, str]) -> None:
    told = tell_standing("ada", members=group, known=count_together(evenings(group)))
    assert told.share is None
    assert told.because[0].text.startswith("too few to say: ")


def test_standings_tell_the_least_met_first_and_those_too_little_known_last() -> None:
    group = {
        "ada": "aaaaaa",
        "eve": "aaaaaa",
        "fay": "aaaaam",
        "gil": "mmmmma",
        "hal": "paaaap",
        "kim": "aaaaaa",
    }
    told = tell_standings(list(group), count_together(evenings(group)))
    assert [(each.patient, each.share) for each in told] == [
        ("fay", Fraction(4, 5)),
        ("ada", Fraction(1)),
        ("eve", Fraction(1)),
        ("hal", Fraction(1)),
        ("kim", Fraction(1)),
        ("gil", None),
    ]


def test_recent_sessions_are_the_last_so_many_that_were_over_and_observed() -> None:
    sessions = evenings(ada="aucaa")
    assert [each.id for each in recent(reversed(sessions), before=start_of(9))] == ["s0", "s3", "s4"]
    assert [each.id for each in recent(sessions, before=start_of(9), last=2)] == ["s3", "s4"]
    assert [each.id for each in recent(sessions, before=start_of(9), last=9)] == ["s0", "s3", "s4"]
    assert [each.id for each in recent(sessions, before=start_of(4))] == ["s0", "s3"]
    assert [each.id for each in recent(sessions, before=start_of(4), within=timedelta(weeks=1))] == ["s3"]


groups = st.dictionaries(
    st.sampled_from(["ada", "eve", "fay", "gil", "hal"]),
    st.text("".join(LETTERS) + ".", min_size=1, max_size=6),
    min_size=1,
)


@given(groups)
def test_met_and_unmet_are_everybody_and_meeting_is_mutual(group: dict[str, str]) -> None:
    known = count_together(evenings(group))
    for one in group:
        faces = find_familiar_faces(one, among=group, known=known)
        met = {face.patient for face in faces.met}
        assert met | set(faces.unmet) == set(group) - {one}
        assert not met & set(faces.unmet)
        assert all(face.sessions <= min(known.came[one], known.came[face.patient]) for face in faces.met)
        for other in met:
            assert one in {face.patient for face in find_familiar_faces(other, among=group, known=known).met}


@given(groups)
def test_the_order_in_which_sessions_and_seats_are_told_changes_nothing(group: dict[str, str]) -> None:
    backwards = dict(reversed(group.items()))
    assert count_together(evenings(group)) == count_together(reversed(evenings(backwards)))
