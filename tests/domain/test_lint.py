"""The linter: each finding on the smallest policy that deserves it, and none on those we ship."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rejoin.domain.attendance import Held, Session
from rejoin.domain.kernel import Interval
from rejoin.domain.policy import lint_policy
from rejoin.domain.policy.lint import say_slack, tight_sessions
from rejoin.policies.loading import SHIPPED, load_book, load_policy
from tests.domain.people import MINIMAL, document, evening, policy, trigger

NIGHT = {"from": "21:00", "until": "08:00", "applies_to": ["sms", "push", "email"]}
NAP = {"from": "12:00", "until": "14:00", "applies_to": ["sms"]}
CALL = MINIMAL["outreach"]["standard"][0]


def step(step_id: str = "s", **more: Any) -> dict[str, Any]:
    told = {"id": step_id, "after": "PT5M", "actor": "counselor", "channels": ["phone"], **more}
    return {key: value for key, value in told.items() if value is not None}


def text(step_id: str = "text", **more: Any) -> dict[str, Any]:
    return step(step_id, actor="system", channels=["sms"], **more)


def ladder(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"outreach": {"standard": list(steps), **more}}


def findings(sessions: tuple[Session, ...] = (), **changes: Any) -> list[str]:
    return [f"{each.code} {each.field}" for each in lint_policy(policy(**changes), sessions=sessions)]


DOOR = {"credit": {"minutes": 180}, "grace": "PT10M", "late_cutoff": "PT5M"}
S = "outreach.standard"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"presence": DOOR}, ["cutoff_before_grace presence.late_cutoff"]),
        (ladder(), [f"no_ladder {S}"]),
        (ladder(CALL, elevated_when=["high_risk"]), ["no_effect outreach.elevated_when"]),
        (ladder(CALL, elevated=[CALL]), ["unreachable_step outreach.elevated"]),
        (ladder(step("a"), step("b")), [f"overlapping_steps {S}.b"]),
        (ladder(step("a"), step("b", to="guardian")), []),
        (ladder(step("a"), step("b", after="PT1M")), [f"overlapping_steps {S}.b"]),
        (ladder(step("a"), step("b", **{"from": "end"})), []),
        (
            ladder(
                step("a", after=None, at="next_business_day 10:00"),
                step("b", after=None, at="business_day+1 10:00"),
            ),
            [f"overlapping_steps {S}.b"],
        ),
        (ladder(step("a"), step("b", after=None, at="next_business_day 10:00")), []),
        (ladder(step("a", after="PT1H", deadline="PT30M")), [f"unreachable_step {S}.a"]),
        (ladder(step("a", channels=[])), [f"unreachable_step {S}.a"]),
        (ladder(step("a", actor="system")), [f"unreachable_step {S}.a"]),
        (ladder(text("a", to="guardian")), [f"automatic_family_contact {S}.a"]),
        ({**ladder(text("a", to="guardian")), "part2": False}, []),
        (
            ladder(text("a", after=None, at="next_business_day 21:00"), quiet_hours=NIGHT),
            [f"quiet_hours {S}.a"],
        ),
        (ladder(text("a", after=None, at="next_business_day 08:00"), quiet_hours=NIGHT), []),
        (
            ladder(text("a", after=None, at="next_business_day 12:30"), quiet_hours=NAP),
            [f"quiet_hours {S}.a"],
        ),
        (ladder(text("a", deadline="PT3H"), quiet_hours=NIGHT), [f"quiet_hours {S}.a"]),
        (ladder(text("a", deadline="PT3H"), quiet_hours=NAP), []),
        (ladder(text("a", deadline="PT12H"), quiet_hours=NIGHT), []),
        (ladder(text("a"), first_attempt_within="PT24H"), [f"first_attempt {S}"]),
        (
            ladder(step("a", after=None, at="next_business_day 10:00"), first_attempt_within="PT24H"),
            [f"first_attempt {S}.a"],
        ),
        (ladder(step("a"), first_attempt_within="PT24H"), []),
        ({"triggers": [trigger({"at_least": 7, "of_last": 6})]}, ["never_fires triggers.t"]),
        ({"triggers": [trigger({"at_least": 2, "within": "PT0S"})]}, ["never_fires triggers.t"]),
        ({"triggers": [trigger({"at_least": 1, "within": "PT0S"})]}, []),
        ({"triggers": [trigger({"total": 1}, count="any_absence")]}, ["no_effect triggers.t"]),
        (
            {"excuse": {"reasons": ["illness"]}, "triggers": [trigger({"total": 1}, count="any_absence")]},
            [],
        ),
        ({"makeup": {"modes": {"packet": ["content", "hours"]}}}, ["packet_hours makeup.modes.packet"]),
        ({"makeup": {"modes": {"packet": ["content"], "individual": ["hours"]}}}, []),
        ({"makeup": {"max_per_week": 1, "max_per_day": 2}}, ["no_effect makeup.max_per_day"]),
    ],
)
def test_each_finding_on_the_smallest_policy_that_deserves_it(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert findings(**changes) == expected


def test_the_smallest_policy_has_nothing_to_look_at() -> None:
    assert findings() == []


def test_rules_that_wait_for_each_other_never_fire() -> None:
    clears = {"attended": 1, "of_next": 1}
    ring = [trigger({"fails": "b"}, id="a", clears=clears), trigger({"fails": "a"}, id="b", clears=clears)]
    assert findings(triggers=ring) == ["never_fires triggers.a", "never_fires triggers.b"]
    found = lint_policy(policy(triggers=ring))
    assert found[0].text == "waits for itself through a, b"


def test_what_waits_for_a_rule_that_never_fires_never_fires_either() -> None:
    rules = [
        trigger({"at_least": 7, "of_last": 6}, id="a", clears={"attended": 1, "of_next": 1}),
        trigger({"fails": "a"}, id="b"),
    ]
    assert findings(triggers=rules) == ["never_fires triggers.a", "never_fires triggers.b"]


TIGHT: dict[str, Any] = {
    "billing": {"per_day_minutes": 180},
    "presence": {"credit": {"minutes": 180}, "grace": "PT5M"},
}


def test_a_day_without_slack_for_the_grace_is_warned_of() -> None:
    session = evening(breaks=[(90, 105)])
    assert findings((session,), **TIGHT) == ["zero_slack billing.per_day_minutes"]
    assert findings((evening(minutes=200, breaks=[(90, 105)]),), **TIGHT) == []
    assert findings((session,), **{**TIGHT, "billing": {}}) == []
    counting = {**TIGHT, "presence": {**TIGHT["presence"], "breaks_count": True}}
    assert findings((session,), **counting) == []
    tight = policy(**TIGHT)
    (found,) = tight_sessions(tight, sessions=[session])
    assert say_slack(tight, found[1]) == (
        "slack of 0 min over the 180 a billable day needs is under the grace of 5 min"
    )


def test_sessions_of_one_day_share_their_slack_and_others_are_left_out() -> None:
    tight = policy(**TIGHT)
    first = evening(minutes=60, group="G")
    assert len(tight_sessions(tight, sessions=[first])) == 1
    second = Session(
        id="S2",
        group="G",
        starts_at=first.ends_at,
        ends_at=first.ends_at + timedelta(minutes=130),
        breaks=(Interval(first.ends_at, first.ends_at),),
    )
    assert tight_sessions(tight, sessions=[first, second]) == []
    assert tight_sessions(tight, sessions=[evening(minutes=50, kind="individual")]) == []
    assert tight_sessions(tight, sessions=[evening(minutes=50, held=Held.CANCELLED)]) == []


def at_night(**more: Any) -> tuple[Session, ...]:
    starts = datetime(2026, 10, 6, 1, 0, tzinfo=UTC)
    return (Session(id="S1", starts_at=starts, ends_at=starts + timedelta(hours=1), **more),)


def test_a_message_that_waits_after_every_session_there_is() -> None:
    texting = ladder(text("a"), step("call", after="PT1H"), quiet_hours=NIGHT)
    assert findings(at_night(), **texting) == [f"quiet_hours {S}.a"]
    assert findings((*at_night(), evening()), **texting) == []
    at_the_end = ladder(text("a", **{"from": "end"}), quiet_hours=NIGHT)
    assert findings(at_night(), **at_the_end) == [f"quiet_hours {S}.a"]
    assert findings((evening(),), **at_the_end) == [f"quiet_hours {S}.a"]
    fixed = ladder(text("a", after=None, at="next_business_day 10:00"), quiet_hours=NIGHT)
    assert findings(at_night(), **fixed) == []
    assert findings(at_night(), **ladder(text("a"))) == []


FIVE = sorted(path.name for path in SHIPPED.glob("[a-e]-*.yaml"))


@pytest.mark.parametrize("name", FIVE)
def test_the_policies_we_ship_have_nothing_to_look_at(name: str) -> None:
    assert lint_policy(load_policy(SHIPPED / name, name=name)) == []


def test_there_are_five_of_them_and_each_takes_the_overlay(tmp_path: Any) -> None:
    assert len(FIVE) == 5
    for name in FIVE:
        path = tmp_path / name
        path.write_text((SHIPPED / name).read_text() + "\noverlays: [court.yaml]\n")
        book = load_book(path, name=name)
        laid = book.in_force(date(2026, 10, 5))
        assert {"court-absence-cap", "court-twenty-one-days"} <= {each.id for each in laid.triggers}


def test_documents_stay_as_small_as_they_look() -> None:
    assert set(document()) == set(MINIMAL)
