"""Daily's webhooks: what they say of who was there."""

from typing import Any

import pytest

from tests.rooms.asking import at, problems_of, reading_of, seen_in_log, span
from tests.rooms.seeds import daily, daily_meeting, json_lines

T = 1781000000


def test_a_leave_tells_both_ends_of_the_visit() -> None:
    (seen,) = seen_in_log([daily("participant.left", T, left=T + 600.5)])
    assert span(seen) == (at(T), at(T + 600.5))
    assert (seen.ref, seen.conn, seen.room, seen.leave_reported) == ("pt_001", "s-1", "iop", True)


def test_each_connection_is_a_visit_and_a_meeting_that_ends_ends_those_that_are_open() -> None:
    told = [
        daily("participant.joined", T),
        daily("participant.left", T, left=T + 60),
        daily("participant.joined", T + 90, conn="s-2"),
        daily_meeting("meeting.ended", T + 300),
        daily("participant.joined", T + 400, conn="s-3"),
    ]
    first, second, third = seen_in_log(told)
    assert (span(first), span(second)) == ((at(T), at(T + 60)), (at(T + 90), at(T + 300)))
    assert (third.left_at, second.leave_reported, third.leave_reported) == (None, False, False)


def test_a_leave_that_tells_no_duration_was_when_it_was_sent_and_its_join_is_unknown() -> None:
    told = daily("participant.left", T, left=T + 60, joined_at=None)
    del told["payload"]["duration"]
    (seen,) = seen_in_log([told])
    assert span(seen) == (None, at(T + 60.4))


def test_without_a_token_the_connection_names_nobody() -> None:
    for user in ("s-1", None, "", " "):
        (seen,) = seen_in_log([daily("participant.joined", T, user_id=user)])
        assert seen.ref is None


def test_the_owner_is_staff_and_an_event_sent_long_after_says_so() -> None:
    told = daily("participant.joined", T, owner=True)
    told["event_ts"] = T + 301
    (seen,) = seen_in_log([told])
    assert (seen.staff, seen.delivered_late) == (True, True)
    assert not seen_in_log([daily("participant.joined", T)])[0].delivered_late


def test_a_meeting_tells_when_it_ran_and_other_events_that_somebody_listened() -> None:
    told = [
        daily_meeting("meeting.started", T),
        daily("waiting-participant.joined", T + 120),
        daily_meeting("meeting.ended", T + 300),
    ]
    reading = reading_of(json_lines(told))
    assert [(each.room, each.started_at, each.ended_at) for each in reading.meetings] == [
        ("iop", at(T), at(T + 300))
    ]
    assert [(each.room, each.at) for each in reading.moments] == [("iop", at(T + 120.4))]
    assert not reading.sightings


def test_the_end_of_a_meeting_may_tell_its_start() -> None:
    told = daily_meeting("meeting.ended", T + 300)
    told["payload"]["start_ts"] = T
    (meeting,) = reading_of(json_lines([told])).meetings
    assert (meeting.started_at, meeting.ended_at) == (at(T), at(T + 300))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"session_id": None}, "payload.session_id"),
        ({"joined_at": 1e40}, "payload.joined_at"),
        ({"joined_at": "soon"}, "payload.joined_at"),
        ({"duration": -5}, "payload.duration"),
        ({"duration": 1e40}, "payload.duration"),
    ],
)
def test_what_daily_cannot_have_sent_is_pointed_at(change: dict[str, Any], field: str) -> None:
    told = daily("participant.left", T, left=T + 9)
    told["payload"] |= change
    (problem,) = problems_of(json_lines([daily("participant.joined", T), told]))
    assert (problem.line, problem.field) == (2, field)


def test_an_event_of_no_time_or_no_room_is_refused() -> None:
    join = daily("participant.joined", T, joined_at=None)
    join["event_ts"] = None
    (problem,) = problems_of(json_lines([daily("participant.joined", T), join]))
    assert problem.field == "payload.joined_at"
    end = daily_meeting("meeting.ended", T)
    end["payload"] = {"end_ts": T}
    (problem,) = problems_of(json_lines([end]))
    assert problem.field == "payload.room"
