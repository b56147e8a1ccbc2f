"""Patterns of absence: each `when`, its edges, and the contracts a pattern opens.

A history is a line of a register, one letter a session: see `history`.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.policy.triggers import Stay, TriggerState
from tests.domain.people import LONG_AFTER, fired, firings, history, trigger

NO_NOTICE = "missed_without_notice"


def within(at_least: int, days: str = "P14D", **more: Any) -> dict[str, Any]:
    return trigger({"at_least": at_least, "within": days}, **more)


def contract(**more: Any) -> dict[str, Any]:
    return trigger({"at_least": 2, "of_last": 6}, id="contract", clears={"attended": 5, "of_next": 6}, **more)


AFTER_IT = trigger({"fails": "contract"}, id="discharge", clears={"attended": 5, "of_next": 6})
REVIEW = trigger({"fails": "discharge"}, id="review")


def test_two_in_a_fortnight_fires_at_the_second() -> None:
    found = firings("MAM", within(2))
    assert [" ".join(each.sessions) for each in found] == ["S1 S3"]
    assert found[0].fired_at == history("MAM")[2].session.ends_at
    assert (found[0].state, found[0].because[0].text) == (
        TriggerState.OPEN,
        "2 missed within 14 days, 2 or more asked for",
    )


@pytest.mark.parametrize(("second", "fires"), [("2026-10-19", True), ("2026-10-20", False)])
def test_a_window_of_days_holds_its_first_day(second: str, *, fires: bool) -> None:
    assert bool(fired(history("MM", days=["2026-10-05", second]), within(2))) is fires


@pytest.mark.parametrize(("first", "last"), [("2026-10-25", "2026-11-08"), ("2026-03-01", "2026-03-15")])
def test_a_window_of_days_is_calendar_days_when_clocks_change(first: str, last: str) -> None:
    now = datetime(2026, 12, 31, tzinfo=UTC)
    assert fired(history("MM", days=[first, last]), within(2), now=now) == ["t S1 S2 open"]


def test_a_pattern_that_goes_on_fires_once_and_again_after_it_stopped() -> None:
    assert fired("MMMM", within(2)) == ["t S1 S2 open"]
    days = ["2026-10-01", "2026-10-02", "2026-10-20", "2026-10-21", "2026-10-22"]
    again = history("MMAMM", days=days)
    assert fired(again, within(2)) == ["t S1 S2 open", "t S4 S5 open"]
    assert fired("MMAAAMM", trigger({"at_least": 2, "of_last": 3})) == ["t S1 S2 open", "t S6 S7 open"]


def test_of_last_counts_scheduled_sessions() -> None:
    rule = trigger({"at_least": 2, "of_last": 6})
    assert fired("MAAAAM", rule) == ["t S1 S6 open"]
    assert fired("MAAAAAM", rule) == []
    assert fired("MAAAACM", rule) == ["t S1 S7 open"]
    assert fired("MAAAAHM", rule) == ["t S1 S7 open"]
    assert fired("MAAAAWM", rule) == ["t S1 S7 open"]


def test_consecutive_is_broken_by_coming_and_not_by_a_cancelled_session() -> None:
    rule = trigger({"consecutive": 3})
    assert fired("MMM", rule) == ["t S1 S2 S3 open"]
    assert fired("MMAM", rule) == []
    assert fired("MMPM", rule) == []
    assert fired("MMCM", rule) == ["t S1 S2 S4 open"]
    assert fired("MMHM", rule) == ["t S1 S2 S4 open"]
    assert fired("MXM", rule) == ["t S1 S2 S3 open"]


@pytest.mark.parametrize("letter", ["P", "U", "O", "E", "A", "C", "H"])
def test_what_is_not_a_miss_is_never_counted_as_one(letter: str) -> None:
    assert fired(letter, trigger({"total": 1})) == []


def test_each_count_counts_what_it_says() -> None:
    total = {"total": 1}
    assert fired("NM", trigger(total, count=NO_NOTICE)) == ["t S2 open"]
    assert fired("N", trigger(total)) == ["t S1 open"]
    assert fired("E", trigger(total, count="any_absence")) == ["t S1 open"]
    assert fired("H", trigger(total, count="any_absence")) == []
    assert fired("AL", trigger(total, count="late")) == ["t S2 open"]


def test_missed_without_contact_asks_for_contact_before_the_next_session() -> None:
    rule = trigger({"consecutive": 2}, count="missed_without_contact")
    records = history("MMM")
    starts = [each.session.starts_at for each in records]
    assert fired(Stay(records=records), rule) == ["t S1 S2 open"]
    hour = timedelta(hours=1)
    reached_between = Stay(records=records, contacts=(starts[1] + hour,))
    assert fired(reached_between, rule) == []
    at_the_start = Stay(records=records, contacts=(starts[1],))
    assert fired(at_the_start, rule) == []
    just_after_the_next = Stay(records=records, contacts=(starts[2],))
    assert fired(just_after_the_next, rule) == ["t S1 S2 open"]
    earlier = Stay(records=records, contacts=(starts[0] - hour,))
    assert fired(earlier, rule) == ["t S1 S2 open"]


def test_contact_before_a_session_cancelled_in_between_still_counts() -> None:
    records = history("MCM")
    late = records[1].session.starts_at + timedelta(hours=1)
    rule = trigger({"consecutive": 2}, count="missed_without_contact")
    assert fired(Stay(records=records, contacts=(late,)), rule) == []


def test_total_fires_once_at_its_number() -> None:
    assert fired("MAMAMM", trigger({"total": 3})) == ["t S1 S3 S5 open"]
    assert fired("MM", trigger({"total": 3})) == []


def test_a_share_needs_its_whole_window() -> None:
    rule = trigger({"share_below": 0.75, "of_last": 4})
    assert fired("MM", rule) == []
    assert fired("MAAA", rule) == []
    assert fired("MMAA", rule) == ["t S1 S2 open"]
    found = firings("MMAA", rule)
    assert found[0].because[0].text == "2 of the last 4, under 75%"


WEEKS = ["2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26"]
FOUR_WEEKS = trigger({"consecutive_weeks": 4}, of={"services": ["skills"]})
IN_NOVEMBER = datetime(2026, 11, 30, tzinfo=UTC)


def test_four_scheduled_weeks_in_a_row() -> None:
    missed = history("MMMM", days=WEEKS, service="skills")
    assert fired(missed, FOUR_WEEKS, now=IN_NOVEMBER) == ["t S1 S2 S3 S4 open"]
    assert fired(history("MMMM", days=WEEKS, service="process"), FOUR_WEEKS, now=IN_NOVEMBER) == []


def test_a_week_without_a_session_is_neither_a_miss_nor_a_break() -> None:
    days = [*WEEKS, "2026-11-02"]
    away = history("MMMCM", days=days, service="skills")
    assert fired(away, FOUR_WEEKS, now=IN_NOVEMBER) == ["t S1 S2 S3 S5 open"]
    in_hospital = history("MMMHM", days=days, service="skills")
    assert fired(in_hospital, FOUR_WEEKS, now=IN_NOVEMBER) == ["t S1 S2 S3 S5 open"]
    excused = history("MMMEM", days=days, service="skills")
    assert fired(excused, FOUR_WEEKS, now=IN_NOVEMBER) == []


TWO_A_WEEK = ["2026-10-05", "2026-10-07", "2026-10-12", "2026-10-14", "2026-10-19", "2026-10-21"]
TWO_WEEKS = trigger({"consecutive_weeks": 2})


def test_a_week_with_one_of_two_sessions_attended_is_not_missed() -> None:
    assert fired(history("MMMM", days=TWO_A_WEEK[:4]), TWO_WEEKS) == ["t S1 S2 S3 S4 open"]
    assert fired(history("MAMM", days=TWO_A_WEEK[:4]), TWO_WEEKS) == []
    assert fired(history("PMMM", days=TWO_A_WEEK[:4]), TWO_WEEKS) == []
    assert fired(history("MUMM", days=TWO_A_WEEK[:4]), TWO_WEEKS) == []
    assert fired(history("MEMM", days=TWO_A_WEEK[:4]), TWO_WEEKS) == ["t S1 S3 S4 open"]


def test_weeks_that_go_on_being_missed_fire_once() -> None:
    assert fired(history("MMMMMM", days=TWO_A_WEEK), TWO_WEEKS) == ["t S1 S2 S3 S4 open"]


def test_weeks_missed_again_after_a_week_she_came_fire_again() -> None:
    days = [*TWO_A_WEEK, "2026-10-26", "2026-10-28", "2026-11-02", "2026-11-04"]
    found = fired(history("MMMMMAMMMM", days=days), TWO_WEEKS, now=IN_NOVEMBER)
    assert found == ["t S1 S2 S3 S4 open", "t S7 S8 S9 S10 open"]


def test_a_week_is_missed_only_when_its_last_session_is_over() -> None:
    ahead = history("MMM-", days=TWO_A_WEEK[:4])
    assert fired(ahead, TWO_WEEKS) == []


def test_a_week_begins_on_the_policys_day() -> None:
    weekend = history("MM", days=["2026-10-10", "2026-10-11"])
    assert fired(weekend, TWO_WEEKS, hours={"week_starts": "sunday"}) == ["t S1 S2 open"]
    assert fired(weekend, TWO_WEEKS, hours={"week_starts": "monday"}) == []


def test_patterns_look_only_at_their_own_sessions() -> None:
    both = history("MM", kind="individual", prefix="I") + history("A", first="2026-10-08")
    assert fired(both, trigger({"total": 2}, of={"kinds": ["individual"]})) == ["t I1 I2 open"]
    assert fired(both, trigger({"total": 2}, of={"kinds": ["group"]})) == []
    assert fired(both, trigger({"total": 2}, of={"kinds": ["individual"], "services": ["skills"]})) == []


SILENT = trigger({"no_service_for": "P14D"})


def test_a_fortnight_without_service_is_counted_from_the_last_service() -> None:
    records = history("AMM", days=["2026-10-05", "2026-10-07", "2026-10-08"])
    last = records[0].session.ends_at
    due = last + timedelta(days=14)
    assert fired(records, SILENT, now=due - timedelta(seconds=1)) == []
    assert fired(records, SILENT, now=due) == ["t S2 S3 open"]
    found = firings(records, SILENT, now=due)[0]
    assert (found.fired_at, found.because[0].text) == (due, "no service since 2026-10-05")


def test_partial_presence_is_service() -> None:
    records = history("AP", days=["2026-10-05", "2026-10-12"])
    assert fired(records, SILENT, now=datetime(2026, 10, 25, tzinfo=UTC)) == []


def test_silence_begins_with_the_first_session_known_or_with_her_stay() -> None:
    records = history("M", days=["2026-10-05"])
    first = records[0].session.starts_at
    assert fired(records, SILENT, now=first + timedelta(days=14)) == ["t S1 open"]
    later = Stay(records=records, since=first + timedelta(days=3))
    assert fired(later, SILENT, now=first + timedelta(days=14)) == []
    earlier = Stay(records=records, since=first - timedelta(days=30))
    assert fired(earlier, SILENT, now=first + timedelta(days=13)) == []
    assert fired(Stay(records=()), SILENT) == []


def test_silence_fires_anew_after_service_and_says_what_is_unrecorded() -> None:
    records = history("AUA", days=["2026-09-01", "2026-09-08", "2026-10-01"])
    found = firings(records, SILENT, now=datetime(2026, 11, 1, tzinfo=UTC))
    assert [" ".join(each.sessions) for each in found] == ["S2", ""]
    assert found[0].because[0].text == "no service since 2026-09-01; 1 sessions since then are unrecorded"


def test_nobody_who_left_is_silent() -> None:
    records = history("A", days=["2026-10-05"])
    stay = Stay(records=records, left_at=datetime(2026, 10, 10, tzinfo=UTC))
    assert fired(stay, SILENT, now=datetime(2026, 12, 1, tzinfo=UTC)) == []


def test_a_contract_after_silence_clears_or_fails_like_any_other() -> None:
    rule = trigger({"no_service_for": "P14D"}, id="contract", clears={"attended": 1, "of_next": 2})
    failed = trigger({"fails": "contract"}, id="next")
    days = ["2026-09-01", "2026-10-01", "2026-10-02"]
    now = datetime(2026, 10, 10, tzinfo=UTC)
    assert fired(history("AMA", days=days), rule, failed, now=now) == ["contract cleared"]
    assert fired(history("AMM", days=days), rule, failed, now=now) == ["contract failed", "next S2 S3 open"]
    assert fired(history("AM", days=days[:2]), rule, failed, now=now) == ["contract open"]


def test_what_is_open_is_closed_when_she_leaves_and_what_is_settled_stays() -> None:
    left = datetime(2026, 10, 30, tzinfo=UTC)
    stay = Stay(records=history("MMAAAAA"), left_at=left)
    assert fired(stay, within(2), contract(), now=left) == ["t S1 S2 closed", "contract S1 S2 cleared"]
    before = left - timedelta(seconds=1)
    assert fired(stay, within(2), now=before) == ["t S1 S2 open"]


def test_a_contract_clears_at_the_last_session_it_needs() -> None:
    assert fired("MM" + "MAAAA", contract()) == ["contract S1 S2 open"]
    assert fired("MM" + "MAAAAA", contract()) == ["contract S1 S2 cleared"]
    assert fired("MM" + "AAAAA", contract()) == ["contract S1 S2 cleared"]
    found = firings("MM" + "AAAAA", contract())[0]
    assert found.resolved_by is not None
    assert found.resolved_by.session.id == "S7"
    assert found.because[1].text == "contract: 5 of the next 6; 5 attended of 5 held"


@pytest.mark.parametrize("second", ["M", "E", "P", "O", "X"])
def test_a_contract_fails_the_moment_it_is_out_of_reach(second: str) -> None:
    line = "MM" + "MA" + second
    assert fired(line, contract(), AFTER_IT) == ["contract S1 S2 failed", "discharge S3 S5 open"]
    assert firings(line, contract(), AFTER_IT)[1].fired_at == history(line)[4].session.ends_at


def test_a_session_nobody_recorded_fails_no_contract() -> None:
    assert fired("MM" + "MUUUU", contract()) == ["contract S1 S2 open"]
    assert fired("MM" + "MUUUUU", contract()) == ["contract S1 S2 open"]


@pytest.mark.parametrize("letter", ["C", "H", "W"])
def test_what_is_in_no_window_is_in_no_contract(letter: str) -> None:
    line = "MM" + "A" + letter + "AAA" + letter + "MA"
    assert fired(line, contract()) == ["contract S1 S2 cleared"]


def test_counting_begins_anew_after_a_contract_is_cleared() -> None:
    line = "MM" + "AAAAA" + "M" + "AAAA" + "M"
    assert fired(line, contract()) == ["contract S1 S2 cleared", "contract S8 S13 open"]
    assert fired("MM" + "AAAAA" + "M", contract()) == ["contract S1 S2 cleared"]


def test_the_chain_of_contracts_ends_with_a_review() -> None:
    rules = (contract(), AFTER_IT, REVIEW)
    assert fired("MM" + "MM" + "MM", *rules) == [
        "contract S1 S2 failed",
        "discharge S3 S4 failed",
        "review S5 S6 open",
    ]
    assert fired("MM" + "MM" + "AAAAA" + "MM", *rules) == [
        "contract S1 S2 failed",
        "contract S10 S11 open",
        "discharge S3 S4 cleared",
    ]


def test_a_failed_contract_that_nothing_follows_lets_counting_begin_anew() -> None:
    assert fired("MM" + "MM" + "AMM", contract()) == ["contract S1 S2 failed", "contract S6 S7 open"]


def test_a_ring_of_rules_fires_nothing() -> None:
    ring = [
        trigger({"fails": "b"}, id="a", clears={"attended": 1, "of_next": 1}),
        trigger({"fails": "a"}, id="b", clears={"attended": 1, "of_next": 1}),
    ]
    assert fired("MMMM", *ring) == []


def test_a_session_still_running_is_in_no_pattern_until_it_is_marked() -> None:
    records = history("M")
    during = records[0].session.starts_at + timedelta(hours=1)
    assert fired(records, trigger({"total": 1}), now=during) == []
    assert fired(records, trigger({"total": 1}), now=records[0].session.ends_at) == ["t S1 open"]


@pytest.mark.parametrize(
    ("when", "line", "text"),
    [
        ({"at_least": 2, "of_last": 6}, "MM", "2 missed of the last 6 scheduled sessions"),
        ({"consecutive": 2}, "MM", "2 missed in a row"),
        ({"total": 2}, "MM", "2 missed in all"),
    ],
)
def test_every_firing_says_why(when: dict[str, Any], line: str, text: str) -> None:
    assert firings(line, trigger(when))[0].because[0].text == text


def test_missed_weeks_say_how_many() -> None:
    found = firings(history("MM", days=WEEKS[:2]), TWO_WEEKS)[0]
    assert found.because[0].text == "2 scheduled weeks in a row without coming"


LINES = st.text(alphabet="AMPNXEUCH", max_size=14)
RULES = st.sampled_from(
    [
        within(2),
        within(3, "P3D"),
        trigger({"at_least": 2, "of_last": 4}),
        trigger({"consecutive": 2}),
        trigger({"total": 3}),
        trigger({"share_below": 0.7, "of_last": 5}),
        trigger({"consecutive_weeks": 1}),
        contract(),
    ]
)


@given(st.text(alphabet="AMPNXEUC", max_size=14), RULES, st.integers(0, 14))
def test_what_happens_later_takes_back_no_firing(line: str, rule: dict[str, Any], known: int) -> None:
    """At the end of each session the firings so far are the beginning of the firings to come.

    What the schedule says is known beforehand: a cancelled session is cancelled all along.
    """
    records = history(line)
    if not records[:known]:
        return
    now = records[:known][-1].session.ends_at
    ahead = history("".join("C" if letter == "C" else "-" for letter in line))
    so_far = records[:known] + ahead[known:]
    told = [(each.fired_at, each.sessions) for each in firings(so_far, rule, now=now)]
    assert told == [(each.fired_at, each.sessions) for each in firings(records, rule) if each.fired_at <= now]


@given(LINES, RULES)
def test_no_firing_names_a_session_that_was_attended_cancelled_or_unrecorded(
    line: str, rule: dict[str, Any]
) -> None:
    for firing in firings(line, rule):
        for session_id in firing.sessions:
            assert line[int(session_id[1:]) - 1] in "MNX"


@given(LINES)
def test_totals_agree_with_counting_letters(line: str) -> None:
    misses = sum(letter in "MNX" for letter in line)
    assert bool(fired(line, trigger({"total": 3}), now=LONG_AFTER)) == (misses >= 3)
    without_notice = sum(letter in "MX" for letter in line)
    assert bool(fired(line, trigger({"total": 2}, count=NO_NOTICE))) == (without_notice >= 2)
    absences = misses + line.count("E")
    assert bool(fired(line, trigger({"total": 4}, count="any_absence"))) == (absences >= 4)


@given(LINES)
def test_consecutive_agrees_with_reading_the_line(line: str) -> None:
    kept = "".join(letter for letter in line if letter not in "CH").replace("N", "M").replace("X", "M")
    assert bool(fired(line, trigger({"consecutive": 3}))) == ("MMM" in kept)
