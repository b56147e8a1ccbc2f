"""Webhook logs: folded by time, whatever arrived when, twice or not at all."""

from datetime import timedelta

import pytest

from rejoin.rooms.sightings import Meeting, Moment
from tests.rooms import seeds
from tests.rooms.asking import at, problems_of, read, reading_of, seen_in_log, span, utc
from tests.rooms.seeds import janus, janus_attached, janus_core, jitsi, jitsi_room, json_lines, livekit, zoom

T = 1781000000
J = 1795457541_000000


def test_a_livekit_leave_that_arrives_after_the_rejoin_gives_two_visits() -> None:
    seen = seen_in_log(
        [
            livekit("participant_joined", T, joined=T),
            livekit("participant_joined", T + 700, sid="PA_2", joined=T + 700),
            livekit("participant_left", T + 600, joined=T),
        ]
    )
    assert [(one.conn, *span(one)) for one in seen] == [
        ("PA_1", at(T), at(T + 600)),
        ("PA_2", at(T + 700), None),
    ]
    assert [one.leave_reported for one in seen] == [True, False]


def test_a_livekit_leave_without_a_join_knows_the_join_its_payload_carries() -> None:
    told, untold = seen_in_log(
        [
            livekit("participant_left", T + 60, joined=T),
            livekit("participant_left", T + 90, sid="PA_2"),
        ]
    )
    assert span(told) == (at(T), at(T + 60))
    assert span(untold) == (None, at(T + 90))


def test_a_livekit_room_that_finished_closes_what_is_open_in_that_room_alone() -> None:
    elsewhere = livekit("participant_joined", T, sid="PA_9", joined=T)
    elsewhere["room"] = {"sid": "RM_2", "name": "iop-121"}
    inside, outside = seen_in_log(
        [
            livekit("participant_joined", T, joined=T),
            elsewhere,
            livekit("room_finished", T + 900, sid=None),
        ]
    )
    assert (*span(inside), inside.leave_reported) == (at(T), at(T + 900), False)
    assert span(outside) == (at(T), None)


def test_a_livekit_abort_ends_an_open_connection_and_is_no_presence_alone() -> None:
    events = [
        livekit("participant_joined", T, joined=T),
        livekit("participant_connection_aborted", T + 30),
        livekit("participant_connection_aborted", T + 40, sid="PA_2"),
    ]
    (seen,) = seen_in_log(events)
    assert (*span(seen), seen.leave_reported) == (at(T), at(T + 30), True)
    (seen,) = seen_in_log([*events, livekit("participant_left", T + 50, joined=T)])
    assert seen.left_at == at(T + 50)


def test_livekit_times_may_be_numbers_and_the_exact_join_is_preferred() -> None:
    joined = livekit("participant_joined", T, joinedAtMs=str(T * 1000 + 250))
    joined["createdAt"] = T
    (seen,) = seen_in_log([joined])
    assert seen.joined_at == at(T) + timedelta(milliseconds=250)


def test_a_join_reported_more_than_five_minutes_late_says_so() -> None:
    on_time, late = seen_in_log(
        [
            livekit("participant_joined", T + 300, joined=T),
            livekit("participant_joined", T + 302, sid="PA_2", joined=T + 1),
        ]
    )
    assert (on_time.delivered_late, late.delivered_late) == (False, True)


def test_a_livekit_caller_dials_in_and_a_recorder_is_nobody() -> None:
    caller = livekit(
        "participant_joined", T, joined=T, kind="SIP", attributes={"sip.phoneNumber": "+15551234567"}
    )
    recorder = livekit("participant_joined", T, sid="PA_2", joined=T, kind="EGRESS")
    (seen,) = seen_in_log([caller, recorder])
    assert (seen.dial_in, seen.phone) == (True, "+15551234567")


def test_events_that_tell_nothing_of_people_show_that_the_source_was_listening() -> None:
    reading = reading_of(
        json_lines(
            [
                livekit("participant_joined", T, joined=T),
                livekit("track_published", T + 61),
                livekit("track_published", T + 50),
            ]
        )
    )
    # 1781000000 is 20 s into a minute; within one minute the first event stands for all.
    assert reading.moments == [Moment(room="iop-121", at=at(T + 50))]


def test_livekit_rooms_tell_when_they_ran() -> None:
    reading = reading_of(
        json_lines(
            [livekit("room_finished", T + 900, sid=None), livekit("room_started", T, sid=None)],
        )
    )
    assert reading.meetings == [Meeting(room="iop-121", started_at=at(T), ended_at=at(T + 900))]


JOINED, LEFT = "meeting.participant_joined", "meeting.participant_left"
SENT = 1648038806000  # 2022-03-23 12:33:26


def test_zoom_visits_are_told_apart_by_the_user_id_and_named_by_the_registrant() -> None:
    (seen,) = seen_in_log(
        [
            zoom(LEFT, "2022-03-23T12:43:26Z", sent=SENT + 600_000, registrant_id="reg-1", customer_key="ck"),
            zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT, participant_user_id="PU2"),
        ]
    )
    assert (seen.ref, seen.aliases, seen.email) == ("reg-1", ("ck", "PU1", "PU2"), "ada@example.org")
    assert span(seen) == (utc("2022-03-23 12:33:26"), utc("2022-03-23 12:43:26"))


def test_the_zoom_customer_key_is_the_ref_where_nobody_registered() -> None:
    (seen,) = seen_in_log(
        [zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT, registrant_id="", customer_key="ck")]
    )
    assert seen.ref == "ck"


def test_a_zoom_event_without_a_time_happened_when_it_was_sent() -> None:
    (seen,) = seen_in_log([zoom(JOINED, "", sent=SENT)])
    assert seen.joined_at == utc("2022-03-23 12:33:26")


def test_a_zoom_retry_after_an_hour_is_marked_late() -> None:
    (seen,) = seen_in_log([zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT + 3_600_000)])
    assert seen.delivered_late


def test_a_zoom_caller_is_known_by_number() -> None:
    (seen,) = seen_in_log([zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT, phone_number="15551234567")])
    assert (seen.phone, seen.dial_in) == ("15551234567", True)


def test_the_zoom_host_is_staff() -> None:
    (seen,) = seen_in_log([zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT, id="H")])
    assert seen.staff


def test_zoom_waiting_room_time_is_apart_from_the_meeting() -> None:
    waiting, inside, again = seen_in_log(
        [
            zoom("meeting.participant_joined_waiting_room", "2022-03-23T12:30:00Z", sent=SENT),
            zoom("meeting.participant_admitted", "2022-03-23T12:33:26Z", sent=SENT),
            zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT),
            zoom("meeting.participant_put_in_waiting_room", "2022-03-23T12:40:00Z", sent=SENT + 394_000),
            zoom("meeting.participant_left_waiting_room", "2022-03-23T12:50:00Z", sent=SENT + 994_000),
        ]
    )
    assert (*span(waiting), waiting.waiting) == (utc("2022-03-23 12:30:00"), utc("2022-03-23 12:33:26"), True)
    assert (*span(inside), inside.waiting) == (utc("2022-03-23 12:33:26"), utc("2022-03-23 12:40:00"), False)
    assert (*span(again), again.waiting) == (utc("2022-03-23 12:40:00"), utc("2022-03-23 12:50:00"), True)


def test_a_zoom_meeting_that_ended_closes_its_own_visits() -> None:
    (seen,) = seen_in_log(
        [
            seeds.zoom_ended("2022-03-23T13:00:00Z", sent=SENT + 2_000_000),
            zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT),
        ]
    )
    assert (seen.left_at, seen.leave_reported) == (utc("2022-03-23 13:00:00"), False)


def test_zoom_events_of_other_kinds_are_no_reason_to_refuse() -> None:
    validation = {"event": "endpoint.url_validation", "event_ts": SENT, "payload": {"plainToken": "x"}}
    sharing = zoom("meeting.sharing_started", "2022-03-23T12:35:00Z", sent=SENT)
    reading = reading_of(json_lines([validation, sharing]))
    assert (reading.sightings, [moment.room for moment in reading.moments]) == ([], ["864"])


def test_a_jitsi_leave_tells_both_ends_of_the_visit() -> None:
    (seen,) = seen_in_log([jitsi("muc-occupant-left", joined=1625823996, left=1625824035)])
    assert (*span(seen), seen.ref) == (at(1625823996), at(1625824035), "pt_001")


def test_a_jitsi_breakout_room_counts_as_the_main_room() -> None:
    main, breakout = seen_in_log(
        [
            jitsi("muc-occupant-joined", joined=1625823996),
            jitsi("muc-occupant-left", joined=1625823996, left=1625824000),
            jitsi("muc-occupant-joined", joined=1625824000, breakout="b1"),
            jitsi_room("muc-room-destroyed", 1625825000),
        ]
    )
    assert (main.room, breakout.room) == ("iop", "iop")
    assert (*span(breakout), breakout.leave_reported) == (at(1625824000), at(1625825000), False)


def test_a_jitsi_room_that_was_destroyed_tells_once_more_who_was_there() -> None:
    occupants = [{"occupant_jid": "jid-1@meet/abc", "joined_at": 1625823996, "left_at": 1625824035}]
    reading = reading_of(
        json_lines(
            [
                jitsi("muc-occupant-joined", joined=1625823996),
                jitsi_room("muc-room-destroyed", 1625824035, occupants),
            ]
        )
    )
    (seen,) = reading.sightings
    assert (*span(seen), seen.leave_reported) == (at(1625823996), at(1625824035), True)
    assert reading.meetings == [Meeting(room="iop", started_at=at(1625820000), ended_at=at(1625824035))]


def test_a_janus_join_is_credited_to_the_ref_in_the_signed_token() -> None:
    (seen,) = seen_in_log(
        [janus("leaving", J + 9), janus("joined", J), janus_attached(J - 1, ref="p-1")],
    )
    assert (seen.ref, seen.rejected, seen.conn) == ("p-1", None, "p-1.aa")
    assert span(seen) == (utc("2026-11-23 18:12:21"), utc("2026-11-23 18:12:21") + timedelta(microseconds=9))


def test_a_janus_id_that_does_not_begin_with_the_signed_ref_is_rejected() -> None:
    (seen,) = seen_in_log([janus_attached(J, ref="p-8"), janus("joined", J + 1, who="p-1.fake")])
    assert seen.rejected == "joined as 'p-1.fake' with a link signed for 'p-8'"
    (seen,) = seen_in_log([janus_attached(J, ref="p-1"), janus("joined", J + 1, who="p-12.aa")])
    assert seen.rejected is not None


def test_a_janus_id_taken_over_by_another_handle_is_rejected_for_that_visit_alone() -> None:
    own, spoofed = seen_in_log(
        [
            janus_attached(J, ref="p-1", handle=7),
            janus_attached(J, ref="p-8", handle=8),
            janus("joined", J + 1, handle=7),
            janus("leaving", J + 2),
            janus("joined", J + 3, handle=8),
        ]
    )
    assert (own.rejected, own.ref) == (None, "p-1")
    assert spoofed.rejected is not None


def test_a_janus_handle_nobody_told_of_is_known_by_its_id() -> None:
    (seen,) = seen_in_log([janus("joined", J, who="p-1.aa")])
    assert (seen.ref, seen.rejected) == ("p-1", None)


def test_a_janus_kick_is_a_leave() -> None:
    (seen,) = seen_in_log([janus("joined", J), janus("kicked", J + 5)])
    assert seen.leave_reported


@pytest.mark.parametrize(
    "end", [janus("destroyed", J + 50), janus_core("started", J + 50), janus_core("shutdown", J + 50)]
)
def test_a_janus_room_destroyed_or_server_restarted_ends_every_open_visit(end: object) -> None:
    before, after = seen_in_log([janus("joined", J), end, janus("joined", J + 60)])
    assert before.left_at == utc("2026-11-23 18:12:21") + timedelta(microseconds=50)
    assert not before.leave_reported
    assert after.left_at is None


def test_a_janus_restart_of_another_server_ends_nothing() -> None:
    (seen,) = seen_in_log([janus("joined", J), {**janus_core("started", J + 50), "emitter": "vt-2"}])
    assert seen.left_at is None


def test_a_janus_leave_after_the_room_was_destroyed_belongs_to_a_join_that_was_lost() -> None:
    ended, lost = seen_in_log([janus("joined", J), janus("destroyed", J + 50), janus("leaving", J + 90)])
    assert (ended.leave_reported, lost.joined_at, lost.leave_reported) == (False, None, True)


def test_janus_media_statistics_are_passed_over_whatever_their_shape() -> None:
    stats = {"type": 32, "timestamp": J, "emitter": "vt-1", "event": {"data": [1, 2], "name": 5}}
    assert len(seen_in_log([stats, janus("joined", J), [stats, janus("leaving", J + 1)]])) == 1


def test_vendors_may_share_a_log_and_a_line_may_hold_a_list() -> None:
    file = read(
        json_lines(
            [
                livekit("participant_joined", T, joined=T),
                [janus("joined", J), janus("leaving", J + 5)],
                zoom(JOINED, "2022-03-23T12:33:26Z", sent=SENT),
                [
                    jitsi("muc-occupant-joined", joined=1625823996),
                    livekit("participant_left", T + 9, joined=T),
                ],
            ]
        )
    )
    assert file.provider == "mixed"
    assert file.format == "Janus events and Jitsi event_sync and LiveKit webhooks and Zoom webhooks"
    assert {seen.provider for seen in file.readings[0].sightings} == {"janus", "jitsi", "livekit", "zoom"}
    assert [seen.line for seen in file.readings[0].sightings if seen.provider == "jitsi"] == [4]


def test_a_log_names_every_line_that_is_no_payload_and_stops_at_twenty() -> None:
    good = json_lines([livekit("participant_joined", T, joined=T)])
    problems = problems_of(good + b"not json\n\n" + good + b'{"event": 5}\n[1]\n')
    assert [problem.line for problem in problems] == [2, 5, 6]
    assert len(problems_of(good + 100 * b"{}\n")) == 20


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"createdAt": True}, "createdAt"),
        ({"createdAt": 10**30}, "createdAt"),
        ({"createdAt": "soon"}, "createdAt"),
        ({"createdAt": 0}, "createdAt"),
        ({"room": []}, "room"),
        ({"participant": {"sid": "PA_1", "joinedAt": 1.5}}, "participant.joinedAt"),
        ({"participant": {"sid": "PA_1", "joinedAt": 99_999_999_999}}, "participant.joinedAt"),
    ],
)
def test_a_payload_with_an_impossible_value_is_pointed_at(change: dict[str, object], field: str) -> None:
    bad = {**livekit("participant_joined", T, joined=T), **change}
    (problem,) = problems_of(json_lines([livekit("participant_left", T, joined=T), bad]))
    assert (problem.file, problem.line, problem.field) == ("rooms/a", 2, field)


@pytest.mark.parametrize("time", ["NaN", "Infinity", "-5", "1e300", '"nan"', "true", "1625823996000"])
def test_a_jitsi_time_that_is_no_time_is_refused(time: str) -> None:
    good = json_lines([jitsi("muc-occupant-joined", joined=1625823996)])
    (problem,) = problems_of(good + good.replace(b"1625823996", time.encode()))
    assert problem.line == 2


def test_an_event_without_any_time_is_refused() -> None:
    event = zoom(JOINED, "", sent=0)
    assert problems_of(json_lines([event]))[0].field == "event_ts"
    left = jitsi("muc-occupant-left", joined=1625823996)
    assert problems_of(json_lines([left]))[0].field == "occupant.left_at"


def test_an_event_about_nobody_is_refused() -> None:
    nobody = livekit("participant_joined", T, sid="")
    assert problems_of(json_lines([nobody]))[0].field == "participant.sid"
    lost = {"event": JOINED, "event_ts": SENT, "payload": {"object": {"id": "864"}}}
    assert problems_of(json_lines([lost]))[0].field == "payload.object.participant"
    nowhere = {"event": JOINED, "event_ts": SENT, "payload": {}}
    assert problems_of(json_lines([nowhere]))[0].field == "payload.object.id"


def test_a_recording_that_starts_is_no_meeting_that_starts() -> None:
    started = {
        "event": "recording.started",
        "event_ts": SENT,
        "payload": {"object": {"id": 864, "uuid": "u"}},
    }
    reading = reading_of(json_lines([started]))
    assert (reading.meetings, len(reading.moments)) == ([], 1)


def test_a_zoom_meeting_without_an_end_time_ended_when_it_was_said() -> None:
    started = {"event": "meeting.started", "event_ts": SENT, "payload": {"object": {"id": 864, "uuid": "u"}}}
    ended = {
        "event": "meeting.ended",
        "event_ts": SENT + 60_000,
        "payload": {"object": {"id": 864, "uuid": "u"}},
    }
    (meeting,) = reading_of(json_lines([ended, started])).meetings
    assert (meeting.room, meeting.started_at) == ("864", utc("2022-03-23 12:33:26"))
    assert meeting.ended_at == utc("2022-03-23 12:34:26")


def test_two_events_of_a_livekit_connection_complete_each_other() -> None:
    bare = livekit("participant_left", T + 60, joined=T, kind="SIP", attributes={"sip.phoneNumber": "+1555"})
    bare["room"] = None
    bare["participant"] |= {"identity": "", "name": ""}
    (seen,) = seen_in_log([bare, livekit("participant_joined", T, joined=T)])
    assert (seen.room, seen.ref, seen.display) == ("iop-121", "pt_PA_1", "Ada")
    assert (seen.phone, seen.dial_in) == ("+1555", True)


def test_a_livekit_leave_in_the_second_of_an_exact_join_is_a_visit_of_no_length() -> None:
    (seen,) = seen_in_log([livekit("participant_left", T, joinedAtMs=T * 1000 + 400)])
    assert span(seen) == (at(T), at(T))


def test_several_faults_of_one_line_count_as_one_line() -> None:
    events = [janus("joined", J), [janus("joined", 5), janus("joined", 6)]]
    (problem,) = problems_of(json_lines(events))
    assert (problem.line, problem.field) == (2, "timestamp")


def test_janus_rooms_tell_when_they_ran() -> None:
    (meeting,) = reading_of(json_lines([janus("destroyed", J + 9), janus("created", J)])).meetings
    assert meeting.started_at == utc("2026-11-23 18:12:21")


def test_a_janus_token_that_names_nobody_lets_nobody_choose_a_name() -> None:
    (seen,) = seen_in_log([janus_attached(J, ref=""), janus("joined", J + 1)])
    assert seen.rejected == "joined as 'p-1.aa' with a link that was signed for nobody"
    attached = janus_attached(J, ref="")
    del attached["event"]["token"]
    (seen,) = seen_in_log([attached, janus("joined", J + 1)])
    assert (seen.ref, seen.rejected) == ("p-1", None)


def test_a_jitsi_event_of_another_kind_is_a_sign_of_life() -> None:
    event = {"event_name": "muc-room-locked", "room_jid": "iop@conference.meet", "created_at": "1625823996"}
    reading = reading_of(json_lines([event]))
    assert reading.moments == [Moment(room="iop", at=at(1625823996))]


def test_a_zoom_time_without_an_offset_is_the_hosts() -> None:
    (seen,) = seen_in_log([zoom(JOINED, "2022-03-23T08:33:26", sent=SENT)])
    assert seen.joined_at == utc("2022-03-23 12:33:26")
    (problem,) = problems_of(json_lines([zoom(JOINED, "yesterday", sent=SENT)]))
    assert problem.field == "payload.object.participant.join_time"
    (problem,) = problems_of(json_lines([zoom(JOINED, "1999-12-31T23:59:59Z", sent=SENT)]))
    assert "impossible time" in problem.message
