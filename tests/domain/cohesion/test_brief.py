"""Before a session and after it: how many, who comes back, what may be said."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from rejoin.domain.cohesion import (
    GROUP_WORDS,
    LANGUAGES,
    REENTRY_WORDS,
    Ahead,
    Enough,
    Expected,
    GroupNotice,
    GroupSession,
    Reentry,
    choose_notices,
    expect_size,
    group_words,
    judge_quorum,
    own_record,
    prepare_brief,
    reentry_words,
    tell_away,
    write_after_note,
)
from tests.domain.cohesion.circle import NEW_YORK, evenings, start_of


def seats(*names: str) -> tuple[Expected, ...]:
    return tuple(Expected(patient=name) for name in names)


def ahead(*expected: Expected, number: int, group_minimum: int = 2) -> Ahead:
    return Ahead(starts_at=start_of(number), seats=expected, group_minimum=group_minimum)


def test_the_expected_size_is_a_range_from_each_seats_own_last_sessions() -> None:
    sessions = evenings(ada="aaaaa", eve="amama", fay="mmama", gil="...aa", hal="aaaaa")
    expected = (*seats("ada", "eve", "fay", "gil"), Expected(patient="hal", away=True))
    size = expect_size(expected, sessions)
    assert (size.steady, size.usual, size.at_most, size.away, size.unknown) == (1, 2, 4, 1, 1)
    assert size.because[0].text.startswith("1 to 4: ")
    assert size.because[0].text.endswith("no forecast")


def test_only_her_own_last_sessions_here_count_and_only_those_of_which_it_is_known() -> None:
    sessions = evenings(ada="mmaaaaucp")
    assert own_record("ada", sessions) == (5, 5)
    assert own_record("ada", sessions, last=7) == (5, 7)
    assert own_record("eve", sessions) == (0, 0)
    assert own_record("ada", evenings(visits="ada", ada="aaaa")) == (0, 0)


def test_a_guest_is_expected_and_what_she_did_elsewhere_says_nothing() -> None:
    size = expect_size([Expected(patient="ada", visitor=True)], evenings(ada="aaaaa"))
    assert (size.steady, size.at_most, size.unknown) == (0, 1, 1)


@pytest.mark.parametrize(
    ("group_minimum", "policy_minimum", "enough", "needs"),
    [
        (2, None, Enough.COVERED, 2),
        (3, None, Enough.OPEN, 3),
        (2, 4, Enough.SHORT, 4),
        (4, 2, Enough.SHORT, 4),
        (0, None, Enough.COVERED, 2),
    ],
)
def test_a_quorum_takes_the_higher_minimum_and_never_less_than_two(
    group_minimum: int, policy_minimum: int | None, enough: Enough, needs: int
) -> None:
    size = expect_size(seats("ada", "eve", "fay"), evenings(ada="aaa", eve="aaa", fay="maa"))
    quorum = judge_quorum(
        size, group_minimum=group_minimum, policy_minimum=policy_minimum, cite="9 CCR 10345"
    )
    assert (quorum.enough, quorum.minimum) == (enough, needs)
    assert quorum.at_risk is (enough is not Enough.COVERED)
    assert quorum.because[-1].cite == "9 CCR 10345"
    assert quorum.because[-1].text.endswith(f"the group needs {needs}")


def test_one_person_is_no_group() -> None:
    size = expect_size(seats("ada"), evenings(ada="aaaaa"))
    assert judge_quorum(size, group_minimum=1).enough is Enough.SHORT


def test_being_away_is_told_in_sessions_days_and_units_without_a_reason() -> None:
    units = {1: ("Triggers",), 2: ("Triggers", "Cravings"), 3: ("Sleep",), 4: ("Trust",)}
    sessions = evenings(units=units, ada="ame.n", eve="aaaaa")
    away = tell_away("ada", sessions, until=start_of(5), zone=NEW_YORK)
    assert (away.sessions, away.unrecorded, away.last_seen_at, away.days) == (3, 0, start_of(0), 35)
    assert away.units == ("Triggers", "Cravings", "Trust")
    assert away.because[0].text == "not there 3 times in a row, last seen 35 days ago"


def test_what_is_unrecorded_or_was_called_off_neither_counts_nor_ends_the_row() -> None:
    sessions = evenings(units={1: ("Sleep",), 2: ("Trust",)}, ada="amucm", eve="aaaaa")
    away = tell_away("ada", sessions, until=start_of(5), zone=NEW_YORK)
    assert (away.sessions, away.unrecorded, away.units) == (2, 1, ("Sleep",))
    assert away.because[0].text.endswith("; of 1 nothing is known")


def test_days_are_the_programs_calendar_days_over_a_change_of_clocks() -> None:
    sessions = evenings(ada="a")
    until = start_of(9) + timedelta(hours=1)
    assert until.astimezone(NEW_YORK).hour == start_of(0).astimezone(NEW_YORK).hour
    assert tell_away("ada", sessions, until=until, zone=NEW_YORK).days == 63


def test_a_brief_tells_who_comes_back_longest_away_first_who_is_new_and_who_sits_in() -> None:
    sessions = evenings(
        units={2: ("Sleep",)}, ada="aaa", eve="aam", fay="amm", gil="..m", hal="aaa", kim="amm"
    )
    expected = (*seats("ada", "kim", "fay", "eve", "gil", "hal"), Expected(patient="lou", visitor=True))
    brief = prepare_brief(ahead(*expected, number=3), reversed(sessions), zone=NEW_YORK)
    assert [(each.patient, each.reentry, each.away.days) for each in brief.returning] == [
        ("fay", Reentry.AFTER_SEVERAL, 21),
        ("kim", Reentry.AFTER_SEVERAL, 21),
        ("eve", Reentry.AFTER_ONE, 14),
    ]
    assert brief.returning[-1].away.units == ("Sleep",)
    assert [(each.patient, each.away.units) for each in brief.newcomers] == [("gil", ("Sleep",))]
    assert [each.patient for each in brief.visitors] == ["lou"]
    assert ("ada", "gil") in brief.strangers
    assert ("ada", "eve") not in brief.strangers
    assert brief.notices == (GroupNotice.SOMEBODY_JOINS,)
    assert brief.because[-1].text.startswith("3 come back, 1 are new, 1 sit in; 11 pairs have not met")


def test_what_she_has_made_up_since_is_not_told_as_missed() -> None:
    sessions = evenings(units={1: ("Sleep", "Trust"), 2: ("Triggers",)}, ada="amm", eve="amm")
    brief = prepare_brief(
        ahead(*seats("ada", "eve"), number=3), sessions, zone=NEW_YORK, made_up={"ada": {"Trust", "Triggers"}}
    )
    assert [(each.patient, each.away.sessions, each.away.units) for each in brief.returning] == [
        ("ada", 2, ("Sleep",)),
        ("eve", 2, ("Sleep", "Trust", "Triggers")),
    ]
    assert [each.away.caught_up for each in brief.returning] == [("Trust", "Triggers"), ()]


def test_whoever_will_not_come_is_in_the_size_and_nowhere_else() -> None:
    sessions = evenings(ada="aaa", eve="amm", fay="aaa")
    expected = (*seats("ada", "fay"), Expected(patient="eve", away=True))
    brief = prepare_brief(ahead(*expected, number=3), sessions, zone=NEW_YORK)
    assert (brief.size.away, brief.returning, brief.strangers) == (1, (), ())
    assert brief.notices == (GroupNotice.FEWER_TODAY,)
    assert not brief.quorum.at_risk


def test_sessions_that_are_not_over_by_then_are_not_looked_at() -> None:
    sessions = evenings(ada="aamm")
    brief = prepare_brief(ahead(*seats("ada"), number=2), sessions, zone=NEW_YORK)
    assert brief.returning == ()
    assert brief.quorum.enough is Enough.SHORT


def test_an_after_note_tells_who_was_missed_longest_first_and_who_has_to_be_asked_about() -> None:
    sessions = evenings(ada="aaa", eve="aam", fay="amm", gil="aau", hal="aac")
    note = write_after_note(sessions[-1], sessions, now=start_of(2) + timedelta(hours=4), zone=NEW_YORK)
    assert (note.came, note.expected, note.unrecorded) == (1, 3, ("gil",))
    assert [(each.patient, each.sessions, each.days) for each in note.missed] == [
        ("fay", 2, 14),
        ("eve", 1, 7),
    ]
    assert note.notices == (GroupNotice.FEWER_TODAY,)
    assert note.because[0].text == "1 of 3 came; of 1 it is not known"


def test_where_everybody_came_nobody_was_missed() -> None:
    (session,) = evenings(ada="a", eve="p")
    note = write_after_note(session, (), now=start_of(1), zone=NEW_YORK)
    assert (note.missed, note.notices, note.came) == ((), (), 2)


def test_reasons_for_an_absence_change_nothing_that_is_told() -> None:
    briefs = [
        prepare_brief(
            ahead(*seats("ada", "eve"), number=3),
            evenings(ada=f"a{letter}{letter}", eve="aaa"),
            zone=NEW_YORK,
        )
        for letter in "menx"
    ]
    assert all(brief == briefs[0] for brief in briefs)


def test_it_is_told_the_same_in_whatever_order_the_facts_arrive() -> None:
    sessions = evenings(ada="ama", eve="aam", fay="mam")
    shuffled = [
        GroupSession(id=each.id, starts_at=each.starts_at, ends_at=each.ends_at, seats=each.seats[::-1])
        for each in reversed(sessions)
    ]
    one = ahead(*seats("ada", "eve", "fay"), number=3)
    other = replace(one, seats=one.seats[::-1])
    assert prepare_brief(one, sessions, zone=NEW_YORK) == prepare_brief(other, shuffled, zone=NEW_YORK)


def test_a_group_that_is_not_held_is_told_that_alone() -> None:
    assert choose_notices(joins=True, fewer=True, changed=True, held=False) == (GroupNotice.NOT_HELD,)
    assert choose_notices(joins=True, fewer=True, changed=True) == (
        GroupNotice.CHANGED,
        GroupNotice.SOMEBODY_JOINS,
        GroupNotice.FEWER_TODAY,
    )
    assert choose_notices() == ()


UNSAID = re.compile(
    r"\d|\{|miss|absen|fail|late|sick|\bill\b|relaps|treat|therap|recover|reason|why|"
    r"falt|ausen|asist|tarde|enferm|recaí|recaíd|trata|terap|recuper|razón|por qué|make.?up|recupera",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_name_a_reason_a_number_or_anybody_or_blame(language: str) -> None:
    said = [reentry_words(each, language) for each in Reentry]
    said += [group_words(each, language) for each in GroupNotice]
    assert [text for text in said if UNSAID.search(text)] == []
    assert len(set(said)) == len(said)
    assert all(text.endswith(".") and text[0].isupper() for text in said)


@pytest.mark.parametrize("texts", [*REENTRY_WORDS.values(), *GROUP_WORDS.values()])
def test_every_word_is_there_in_every_language(texts: dict[str, str]) -> None:
    assert tuple(texts) == LANGUAGES


def test_sentences_are_short_enough_to_be_said() -> None:
    for texts in (*REENTRY_WORDS.values(), *GROUP_WORDS.values()):
        for text in texts.values():
            assert max(len(sentence.split()) for sentence in re.split(r"(?<=[.;])\s", text)) <= 18
