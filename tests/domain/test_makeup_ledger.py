"""The four accounts: what a miss leaves owed, and what each way back repays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Status
from rejoin.domain.makeup.ledger import (
    Account,
    Came,
    DaySeat,
    MadeUp,
    Mode,
    balance,
    caught_up,
    let_go,
    made_up,
    over_caps,
    over_ceiling,
    owed_by,
    owes_day,
    repaid_by,
    wins_day,
)

EVENING = 180
ALL = ("content", "count", "hours", "billing")
OPEN = {Account.CONTENT: 1, Account.COUNT: 1, Account.HOURS: EVENING, Account.BILLING: 1}


def came(
    status: Status,
    minutes: int | None = 0,
    length: int = EVENING,
    *,
    day_lost: bool = True,
    day_won: bool = False,
) -> Came:
    return Came(status=status, minutes=minutes, length=length, day_lost=day_lost, day_won=day_won)


def day(*minutes: int | None, lacking: tuple[int, ...] = ()) -> list[DaySeat]:
    """Her seats of one day, an hour apart, numbered from 1."""
    begins = datetime(2026, 10, 7, 12, tzinfo=UTC)
    return [
        DaySeat(
            seat_id=number,
            starts_at=begins + timedelta(hours=number),
            minutes=each,
            lacking=number in lacking,
        )
        for number, each in enumerate(minutes, 1)
    ]


@pytest.mark.parametrize("status", ["missed", "not_admitted", "not_admissible", "excused"])
def test_whoever_was_not_there_owes_all_of_it(status: str) -> None:
    assert owed_by(came(Status(status))) == OPEN


def test_a_session_called_off_is_no_absence_and_its_content_and_hours_are_owed() -> None:
    """Vector 9."""
    assert owed_by(came(Status.CANCELLED)) == {Account.CONTENT: 1, Account.HOURS: EVENING}


def test_one_minute_short_is_one_minute_and_a_day_that_is_not_billed() -> None:
    """Vector 2b."""
    assert owed_by(came(Status.PARTIAL, 179)) == {Account.HOURS: 1, Account.BILLING: 1}


@pytest.mark.parametrize(
    "told",
    [
        came(Status.ATTENDED, EVENING),
        came(Status.UNRECORDED, None),
        came(Status.PARTIAL, None),
        came(Status.PARTIAL, EVENING),
    ],
)
def test_nothing_is_owed_where_she_was_there_or_nobody_knows(told: Came) -> None:
    assert owed_by(told) == {}


def test_a_miss_on_a_day_that_is_billed_all_the_same_owes_no_day() -> None:
    assert Account.BILLING not in owed_by(came(Status.MISSED, day_lost=False))


@pytest.mark.parametrize(
    ("seats", "owing"),
    [
        (day(0, lacking=(1,)), [1]),
        (day(0, 180, lacking=(1,)), []),
        (day(90, 0, 60, lacking=(2, 3)), [2]),
        (day(0, 0, lacking=(1, 2)), [1]),
        (day(0, None, lacking=(1,)), []),
        (day(120), []),
    ],
)
def test_a_day_is_owed_once_and_by_all_her_minutes_of_it(seats: list[DaySeat], owing: list[int]) -> None:
    assert [each.seat_id for each in seats if owes_day(each.seat_id, seats, asked=180)] == owing


@pytest.mark.parametrize(
    ("seats", "winning"),
    [
        (day(180), [1]),
        (day(53), []),
        (day(127, 53), [1, 2]),
        (day(180, 53), [1]),
        (day(200, 190), []),
        (day(127, 53, None), []),
    ],
)
def test_a_make_up_wins_a_day_that_is_billed_because_of_it(seats: list[DaySeat], winning: list[int]) -> None:
    assert [each.seat_id for each in seats if wins_day(each.seat_id, seats, asked=180)] == winning


@pytest.mark.parametrize(("won", "repaid"), [(True, -1), (False, 0)])
def test_a_day_is_repaid_by_one_that_is_billed_because_of_the_make_up(won: bool, repaid: int) -> None:
    told = came(Status.PARTIAL, 53, day_won=won)
    assert repaid_by(Mode.COHORT, closes=ALL, came=told, open_=OPEN).get(Account.BILLING, 0) == repaid


def test_one_to_one_counts_its_own_minutes() -> None:
    repaid = repaid_by(
        Mode.INDIVIDUAL, closes=("content", "hours"), came=came(Status.ATTENDED, 53, 53), open_=OPEN
    )
    assert repaid == {Account.CONTENT: -1, Account.HOURS: -53}


def test_another_groups_evening_repays_what_the_policy_says_and_not_the_day_it_was_missed() -> None:
    repaid = repaid_by(
        Mode.COHORT, closes=("content", "count", "hours"), came=came(Status.ATTENDED, 195), open_=OPEN
    )
    assert repaid == {Account.CONTENT: -1, Account.COUNT: -1, Account.HOURS: -EVENING}


def test_a_make_up_she_left_early_repays_its_minutes_alone() -> None:
    assert repaid_by(Mode.COHORT, closes=ALL, came=came(Status.PARTIAL, 60), open_=OPEN) == {
        Account.HOURS: -60
    }


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (Mode.COHORT, came(Status.MISSED)),
        (Mode.COHORT, came(Status.PARTIAL, None)),
        (Mode.PACKET, came(Status.ATTENDED, 60)),
    ],
)
def test_what_was_not_attended_repays_nothing(mode: Mode, told: Came) -> None:
    assert repaid_by(mode, closes=ALL, came=told, open_=OPEN) == {}


def test_material_closes_content_and_never_hours() -> None:
    assert caught_up(OPEN) == {Account.CONTENT: -1}
    assert caught_up({Account.CONTENT: 0}) == {}
    assert caught_up({}) == {}


def test_what_is_let_go_leaves_every_account_at_nought() -> None:
    entries = [*OPEN.items(), *let_go(OPEN).items()]
    assert balance(entries) == dict.fromkeys(Account, 0)
    assert let_go({Account.HOURS: 0}) == {}


@given(
    status=st.sampled_from(list(Status)),
    minutes=st.integers(0, 300),
    mode=st.sampled_from(list(Mode)),
    closes=st.sets(st.sampled_from(ALL)),
    lacks=st.integers(0, 300),
)
def test_nothing_is_repaid_twice(
    status: Status, minutes: int, mode: Mode, closes: set[str], lacks: int
) -> None:
    open_ = OPEN | {Account.HOURS: lacks}
    repaid = repaid_by(mode, closes=closes, came=came(status, minutes), open_=open_)
    left = balance([*open_.items(), *repaid.items()])
    assert all(0 <= amount <= open_[account] for account, amount in left.items())


def test_a_week_goes_to_nineteen_hours_and_no_further() -> None:
    """Vector 13."""
    assert over_ceiling(minutes=16 * 60, more=180) is None
    refused = over_ceiling(minutes=17 * 60, more=180)
    assert refused is not None
    assert refused.text == "the week would have 20 hours of 19"
    assert over_ceiling(minutes=17 * 60, more=180, overridden=True) is None


def test_a_minute_over_is_told_as_such() -> None:
    refused = over_ceiling(minutes=19 * 60, more=1)
    assert refused is not None
    assert refused.text == "the week would have 19:01 hours of 19"


def test_the_policys_caps_hold_by_day_and_by_week() -> None:
    none = over_caps(that_day=1, that_week=5, max_per_day=None, max_per_week=None)
    day = over_caps(that_day=1, that_week=1, max_per_day=1, max_per_week=2)
    week = over_caps(that_day=0, that_week=2, max_per_day=1, max_per_week=2)
    assert none is None
    assert over_caps(that_day=0, that_week=1, max_per_day=1, max_per_week=2) is None
    assert day is not None
    assert week is not None
    assert (day.rule, week.rule) == ("makeup.max_per_day", "makeup.max_per_week")


@pytest.mark.parametrize(
    ("open_", "repaid", "said"),
    [
        (OPEN, {}, MadeUp.NOTHING),
        (OPEN, {Account.HOURS: 90}, MadeUp.IN_PART),
        ({Account.COUNT: 1}, {Account.HOURS: 90}, MadeUp.IN_PART),
        (
            {Account.HOURS: 15, Account.BILLING: 1},
            {Account.CONTENT: 1, Account.HOURS: 180},
            MadeUp.HOURS_LEFT,
        ),
        ({Account.HOURS: 0, Account.BILLING: 1}, {Account.COUNT: 1}, MadeUp.WHOLE),
    ],
)
def test_each_account_says_for_itself_how_far_a_miss_is_made_up(
    open_: dict[Account, int], repaid: dict[Account, int], said: MadeUp
) -> None:
    assert made_up(open_, repaid) is said
