"""Who comes back, what outreach is followed by, and a comparison that nobody can read early."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep

from rejoin.domain.kernel import Refusal
from rejoin.domain.learning.experiment import (
    Arm,
    Design,
    Outcome,
    Reading,
    assign,
    patients_per_arm,
    read_experiment,
    write_design,
)
from rejoin.domain.learning.returning import Miss, returns
from rejoin.domain.learning.rungs import Attempt, MakeUp, make_up_outcomes, yields

NOW = datetime(2026, 10, 30, 9, tzinfo=UTC)
DAY = timedelta(days=1)
DESIGN = Design(
    name="words of the evening before",
    estimand="share of patients who come to the first session after being told of it, by which words",
    usual_share=0.84,
    smallest_difference=0.08,
    power=0.8,
    written_at=NOW - 40 * DAY,
    starts_at=NOW - 39 * DAY,
    ends_at=NOW + 20 * DAY,
    within=7 * DAY,
)


def miss(days_ago: float, *, back_after: float | None = None, left_after: float | None = None) -> Miss:
    at = NOW - days_ago * DAY
    return Miss(
        patient="ada",
        missed_at=at,
        returned_at=at + back_after * DAY if back_after is not None else None,
        left_at=at + left_after * DAY if left_after is not None else None,
    )


def test_a_miss_that_is_too_recent_is_in_no_figure_even_where_she_is_back() -> None:
    day, week, fortnight = returns(
        [miss(0.5, back_after=0.2), miss(3), miss(8, back_after=5), miss(20)], now=NOW
    )
    assert (day.days, day.share.count, day.share.of, day.too_recent) == (1, 0, 3, 1)
    assert (week.days, week.share.count, week.share.of, week.too_recent) == (7, 1, 2, 2)
    assert (fortnight.days, fortnight.share.count, fortnight.share.of, fortnight.too_recent) == (14, 0, 1, 3)


def test_who_was_no_longer_expected_is_counted_by_herself() -> None:
    _, week, _ = returns(
        [miss(20, left_after=3), miss(20, left_after=9), miss(20, back_after=2, left_after=3)], now=NOW
    )
    assert (week.share.count, week.share.of, week.left_before) == (1, 2, 1)


@given(st.lists(st.tuples(st.floats(0, 40), st.one_of(st.none(), st.floats(0, 20)))))
def test_nobody_is_lost_between_the_figures(made: list[tuple[float, float | None]]) -> None:
    for each in returns([miss(ago, back_after=back) for ago, back in made], now=NOW):
        assert each.share.of + each.too_recent + each.left_before == len(made)


def test_a_rung_is_told_by_what_followed_within_three_days() -> None:
    def attempt(rung: str, days_ago: float, contact: float | None, back: float | None) -> Attempt:
        at = NOW - days_ago * DAY
        later = [at + each * DAY if each is not None else None for each in (contact, back)]
        return Attempt(patient="ada", rung=rung, at=at, contact_at=later[0], returned_at=later[1])

    call, text = attempt("call", 9, 0.1, 2), attempt("text", 10, None, 5)
    found = yields([call, text, attempt("text", 8, 2, None), attempt("text", 1, 0.1, 0.5)], now=NOW)
    assert [each.rung for each in found] == ["text", "call"]
    assert (found[0].contact.count, found[0].returned.count, found[0].contact.of) == (1, 0, 2)
    assert found[0].too_recent == 1
    assert (found[1].contact.count, found[1].returned.count, found[1].contact.of) == (1, 1, 1)


def test_make_ups_that_are_still_open_are_in_no_share() -> None:
    made = make_up_outcomes(
        [
            ("ada", MakeUp.OPEN, 1),
            ("ada", MakeUp.ATTENDED, 2),
            ("bea", MakeUp.DECLINED, 1),
            ("cat", MakeUp.OPEN, 1),
        ]
    )
    ends = dict(made.ends)
    assert made.open == 2
    assert (ends[MakeUp.ATTENDED].count, ends[MakeUp.ATTENDED].of, ends[MakeUp.ATTENDED].patients) == (
        2,
        3,
        2,
    )
    assert MakeUp.OPEN not in ends


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"estimand": " "}, "experiment.estimand"),
        ({"name": ""}, "experiment.estimand"),
        ({"written_at": NOW}, "experiment.times"),
        ({"ends_at": NOW - 39 * DAY}, "experiment.times"),
        ({"usual_share": 0.0}, "experiment.shares"),
        ({"smallest_difference": 0.2}, "experiment.shares"),
        ({"smallest_difference": 0.0}, "experiment.shares"),
        ({"power": 0.5}, "experiment.power"),
    ],
)
def test_a_design_that_lacks_something_is_refused_before_it_starts(
    changed: dict[str, object], code: str
) -> None:
    assert write_design(DESIGN) is DESIGN
    with pytest.raises(Refusal) as refused:
        write_design(replace(DESIGN, **changed))  # type: ignore[arg-type]
    assert refused.value.code == code


def test_as_many_patients_are_needed_as_a_second_opinion_says() -> None:
    for usual, new in ((0.84, 0.92), (0.5, 0.4), (0.3, 0.35)):
        apart = 2 * (np.arcsin(np.sqrt(new)) - np.arcsin(np.sqrt(usual)))
        theirs = NormalIndPower().solve_power(abs(apart), power=0.8, alpha=0.05)
        assert patients_per_arm(usual, new, 0.8) == pytest.approx(theirs, rel=0.04)
    assert patients_per_arm(0.84, 0.9, 0.9) > patients_per_arm(0.84, 0.9, 0.8) > DESIGN.per_arm


def test_everybody_has_one_arm_for_good_and_half_have_each() -> None:
    arms = [assign("one", f"p{number}") for number in range(4_000)]
    assert arms == [assign("one", f"p{number}") for number in range(4_000)]
    assert abs(Counter(arms)[Arm.NEW] - 2_000) < 150
    others = [assign("another", f"p{number}") for number in range(4_000)]
    assert abs(sum(one is other for one, other in zip(arms, others, strict=True)) - 2_000) < 150


def outcomes(usual: float, new: float, patients: int) -> list[Outcome]:
    """Shares that are met as nearly as they can be."""
    counts: Counter[Arm] = Counter()
    made = []
    for number in range(patients):
        arm = assign(DESIGN.name, f"p{number}")
        wanted = {Arm.USUAL: usual, Arm.NEW: new}[arm]
        came = int((counts[arm] + 1) * wanted) > int(counts[arm] * wanted)
        counts[arm] += 1
        made.append(Outcome(arm=arm, came=came))
    return made


def read(told: list[Outcome], *, now: datetime = DESIGN.read_from) -> Reading:
    return read_experiment(DESIGN, told, planned=DESIGN.per_arm, now=now)


@pytest.mark.parametrize("now", [NOW, DESIGN.ends_at, DESIGN.read_from - timedelta(seconds=1)])
def test_nothing_is_read_before_the_last_patients_have_had_their_days_however_full_the_arms_are(
    now: datetime,
) -> None:
    assert DESIGN.read_from == DESIGN.ends_at + (7 + 2) * DAY
    with pytest.raises(Refusal) as refused:
        read(outcomes(0.2, 0.9, 2_000), now=now)
    assert refused.value.code == "experiment.early"
    assert not any(each.isdigit() for each in refused.value.message)


def test_it_is_read_at_its_time_with_newcombes_interval() -> None:
    found = read(outcomes(0.8, 0.95, 800))
    theirs = confint_proportions_2indep(
        found.new.count, found.new.of, found.usual.count, found.usual.of, method="newcomb", compare="diff"
    )
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-6)
    assert found.because.startswith("more came")
    assert found.because.endswith("as many as were planned")
    assert read(outcomes(0.95, 0.8, 800)).because.startswith("fewer came")


def test_at_its_time_it_is_read_however_few_there_are() -> None:
    found = read([*outcomes(0.8, 0.8, 40), Outcome(arm=Arm.NEW, came=None)])
    assert found.unknown == 1
    assert "does not mean that there is none; fewer than were planned" in found.because
    assert (read([]).low, read([]).high) == (-1, 1)
