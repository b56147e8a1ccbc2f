"""Her case and a nudge by hand at the same moment, each on a worker of its own: one word goes out to her, never two."""

from typing import Any

import psycopg
import pytest

from rejoin.attendance.sweep import sweep_sessions
from rejoin.common.actors import ENGINE
from rejoin.common.rows import execute
from rejoin.followup.hearing import sweep_messages
from rejoin.followup.models import HandNudge, Step
from rejoin.followup.nudging import nudge_by_hand, send_nudges, sweep_nudges
from rejoin.followup.sweep import sweep_cases, sweep_statuses
from rejoin.outreach.models import Message, PushSubscription
from tests.apps.scene import START, minutes
from tests.apps.test_constraints_concurrent import at_once, while_the_other_waits
from tests.apps.visits_scene import Evening

pytestmark = pytest.mark.django_db(transaction=True)
NOW = START + minutes(6)
"""By then the policy has called her missed, and asks for a nudge."""


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    """ada is missed, no case is open yet, and ben has just asked for her nudge."""
    made = Evening(monkeypatch)
    made.scene.consent(made.ada, "push")
    PushSubscription.objects.create(
        patient=made.ada, endpoint="https://push.example/1", subscription={}, made_at=START
    )
    made.scene.watched(made.session)
    made.at(NOW)
    heard(made)
    nudge_by_hand(seat=made.seat(made.ada), by=made.scene.as_ben(), at=NOW)
    sweep_sessions(now=NOW)
    return made


def heard(evening: Evening) -> None:
    """The engine has just said that nobody is in."""
    type(evening.room).objects.filter(pk=evening.room.pk).update(engine_seen_at=NOW)


def by_hand() -> None:
    """A worker sends what was asked for."""
    sweep_nudges(now=NOW)


def by_the_ladder() -> None:
    """Another opens the cases and asks for what their ladders say."""
    sweep_statuses(now=NOW)
    sweep_cases(now=NOW)


def to_ada(evening: Evening) -> list[tuple[str, str]]:
    """What her messages are about, and how they stand."""
    rows = Message.objects.filter(patient=evening.ada).order_by("id")
    return [(each.about.partition(":")[0], each.state) for each in rows]


def test_what_was_sent_by_hand_a_moment_before_is_the_ladders_nudge(
    evening: Evening, raw_connection: psycopg.Connection
) -> None:
    assert while_the_other_waits(by_hand, by_the_ladder, raw_connection) == ["done", "done"]
    assert to_ada(evening) == [("nudge", "queued")]
    evening.scene.run(NOW)
    assert to_ada(evening) == [("nudge", "sent")]
    assert Step.objects.filter(case__patient=evening.ada, actor="system").get().state == "done"


def test_what_the_ladder_sent_a_moment_before_is_the_nudge_that_was_asked_for(
    evening: Evening, raw_connection: psycopg.Connection
) -> None:
    assert while_the_other_waits(by_the_ladder, by_hand, raw_connection) == ["done", "done"]
    assert to_ada(evening) == [("case", "queued")]
    assert HandNudge.objects.get().state == "not_needed"


def test_of_a_crowd_of_workers_one_writes_to_her(evening: Evening) -> None:
    at_once(*[by_hand, by_the_ladder] * 3)
    assert len(to_ada(evening)) == 1
    evening.scene.run(NOW)
    assert [state for _, state in to_ada(evening)] == ["sent"]


def test_of_two_workers_with_the_same_nudge_the_second_sends_nothing_by_the_next_way(
    evening: Evening, raw_connection: psycopg.Connection
) -> None:
    """The second has claimed it by what it knew before the first had queued anything."""
    number = HandNudge.objects.get().pk

    def send() -> None:
        send_nudges([number], by=ENGINE, at=NOW)

    assert while_the_other_waits(send, send, raw_connection) == ["done", "done"]
    assert to_ada(evening) == [("nudge", "queued")]


def both_queued(evening: Evening) -> None:
    """As if neither had waited for the other."""
    by_hand()
    execute("UPDATE outreach_message SET state = 'cancelled' WHERE about LIKE 'nudge:%%'", {})
    by_the_ladder()
    execute("UPDATE outreach_message SET state = 'queued' WHERE about LIKE 'nudge:%%'", {})
    assert sorted(to_ada(evening)) == [("case", "queued"), ("nudge", "queued")]


def test_should_both_be_queued_for_all_that_only_the_cases_goes(evening: Evening) -> None:
    both_queued(evening)
    evening.scene.run(NOW)
    assert sorted(to_ada(evening)) == [("case", "sent"), ("nudge", "withheld")]


def test_nor_does_the_cases_go_where_the_other_has_left_already(evening: Evening) -> None:
    both_queued(evening)
    execute("UPDATE outreach_message SET state = 'sent' WHERE about LIKE 'nudge:%%'", {})
    evening.scene.run(NOW)
    assert sorted(to_ada(evening)) == [("case", "withheld"), ("nudge", "sent")]
    assert Step.objects.filter(case__patient=evening.ada, actor="system").get().state == "done"


def test_what_the_ladder_could_not_send_goes_no_second_way_where_somebody_has_sent_it_by_hand(
    evening: Evening,
) -> None:
    by_the_ladder()
    by_case: Any = Message.objects.filter(about__startswith="case:", patient=evening.ada)
    by_case.update(state="failed", error="21211", acted_on=False)
    by_hand()
    sweep_messages(now=NOW)
    assert to_ada(evening) == [("case", "failed"), ("nudge", "queued")]
