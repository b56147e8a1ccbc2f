"""What rooms tell becomes evidence: whoever came is seen, whatever order it was told in."""

import json
from datetime import timedelta

import pytest

from rejoin.common.actors import COMMAND
from rejoin.programs.models import Seat, Session
from rejoin.rooms.actions import name_rooms, read_again, take_in_file
from rejoin.rooms.fake import Visit, by_nickname, events_of, on_two_devices, reconnects
from rejoin.rooms.gathering import gather
from rejoin.rooms.models import Heard, RawEvent, Revisit, Room, SeatEvidence, SessionEvidence, Stranger
from rejoin.rooms.sweep import read_events
from tests.apps.rooms_scene import (
    EVENING,
    HOUR,
    MINUTE,
    Rooms,
    in_one_go,
    kept,
    read_all,
    seen,
    simulate,
    spans,
)
from tests.rooms.seeds import janus, janus_attached, janus_core

pytestmark = pytest.mark.django_db
NIGHT = EVENING + 5 * HOUR
EXPORT = (
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\r\n"
    "Ada,ada@example.org,10/05/2026 06:05:00 PM,10/05/2026 08:50:00 PM,165,Yes,No\r\n"
    "iPhone,,10/05/2026 06:07:00 PM,10/05/2026 08:50:00 PM,163,Yes,No\r\n"
)


def bodies(*visits: Visit) -> list[object]:
    return [event.body for event in events_of(visits)]


def micros(at: object) -> int:
    return int(at.timestamp() * 1_000_000)  # type: ignore[attr-defined]


def test_whoever_came_by_her_link_is_seen() -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada, cleo)
    visit = Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR)
    assert rooms.hear(*bodies(visit)) == 4
    assert read_events(NIGHT) == 4
    assert spans(session, ada) == [(EVENING, EVENING + HOUR)]
    assert seen(session, cleo) == ()
    assert kept() == in_one_go(NIGHT)
    evidence = SessionEvidence.objects.get(session=session)
    assert (evidence.watched, evidence.sources) == (True, ["livekit-webhook"])
    assert SeatEvidence.objects.get(seat__patient=ada).first_join == EVENING
    assert Heard.objects.filter(session=session).count() == 4
    assert set(RawEvent.objects.values_list("state", flat=True)) == {"read"}


def test_what_is_told_again_changes_nothing_and_wakes_nobody() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    rooms.session(ada)
    told = bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR))
    rooms.hear(*told)
    read_all(NIGHT)
    before = kept()
    assert rooms.hear(*told, at=NIGHT) == 0
    assert read_all(NIGHT + MINUTE) == 0
    # The same once more under another name: read, and nothing is written of it.
    rooms.hear_numbered(*(json.dumps(each).encode() for each in told))
    assert read_all(NIGHT + MINUTE) == len(told)
    assert kept() == before
    assert set(SessionEvidence.objects.values_list("worked_out_at", flat=True)) == {NIGHT}


def test_a_leave_that_comes_after_the_rejoin_ends_only_its_own_connection() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    first = Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING)
    joined, left, again = (
        each
        for each in bodies(*reconnects(first, at=EVENING + HOUR, after=MINUTE))
        if str(each["event"]).startswith("participant")  # type: ignore[index]
    )
    rooms.hear(joined)
    read_all(EVENING + 2 * HOUR)
    rooms.hear(again)
    read_all(EVENING + 2 * HOUR)
    rooms.hear(left)
    read_all(EVENING + 2 * HOUR)
    assert spans(session, ada) == [(EVENING, EVENING + HOUR), (EVENING + HOUR + MINUTE, None)]
    assert kept() == in_one_go(EVENING + 2 * HOUR)


def test_a_host_who_restarts_the_room_makes_two_runs_of_one_session() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    ref = rooms.link(ada)
    first = Visit(room="blue", ref=ref, joined_at=EVENING, left_at=EVENING + HOUR)
    second = Visit(room="blue", ref=ref, joined_at=EVENING + HOUR + MINUTE, left_at=EVENING + 3 * HOUR, run=1)
    assert first.room_sid != second.room_sid
    rooms.hear(*bodies(second))
    read_all(NIGHT)
    rooms.hear(*bodies(first))
    read_all(NIGHT)
    assert [span[0] for span in spans(session, ada)] == [EVENING, EVENING + HOUR + MINUTE]
    assert kept() == in_one_go(NIGHT)


def test_two_devices_are_two_connections_of_one_patient() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    visit = Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR)
    rooms.hear(*bodies(*on_two_devices(visit, later=10 * MINUTE)))
    read_all(NIGHT)
    assert len(seen(session, ada)) == 2


def test_sources_that_disagree_are_both_kept() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada", email="ada@example.org")
    session = rooms.session(ada, room=["blue", "864"])
    rooms.hear(*bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR)))
    take_in_file(provider="zoom", name="report.csv", body=EXPORT.encode(), by=COMMAND, at=NIGHT)
    read_all(NIGHT)
    assert {each.source for each in seen(session, ada)} == {"livekit-webhook", "zoom-csv"}
    assert SessionEvidence.objects.get(session=session).sources == ["livekit-webhook", "zoom-csv"]
    assert kept() == in_one_go(NIGHT)


def test_a_file_without_a_room_belongs_to_the_one_session_with_a_patient_of_it() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada", email="ada@example.org")
    session, other = rooms.session(ada), rooms.session(rooms.patient("cleo"), room="green")
    kept_file = take_in_file(provider=None, name="report.csv", body=EXPORT.encode(), by=COMMAND, at=NIGHT)
    read_all(NIGHT)
    kept_file.refresh_from_db()
    assert (kept_file.state, kept_file.error) == ("read", "")
    assert len(seen(session, ada)) == 1
    assert not SessionEvidence.objects.filter(session=other, watched=True).exists()
    assert Stranger.objects.open().get().display == "iPhone"
    assert kept() == in_one_go(NIGHT)


def test_a_file_in_which_nobody_is_known_is_of_no_session_until_somebody_is() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    kept_file = take_in_file(provider="zoom", name="report.csv", body=EXPORT.encode(), by=COMMAND, at=NIGHT)
    read_all(NIGHT)
    kept_file.refresh_from_db()
    assert (kept_file.state, kept_file.error) == ("unplaced", "no_session")
    assert not SessionEvidence.objects.filter(watched=True).exists()
    assert list(RawEvent.objects.for_a_person()) == [kept_file]
    rooms.link(ada, "ada@example.org", provider="zoom")
    read_again(delivery=kept_file, by=rooms.desk, at=NIGHT + MINUTE)
    kept_file.refresh_from_db()
    assert (kept_file.state, kept_file.error) == ("read", "")
    assert len(seen(session, ada)) == 1
    assert kept() == in_one_go(NIGHT + MINUTE)


def test_a_room_of_no_session_is_told_and_placed_once_the_session_is_named() -> None:
    simulate(NIGHT)
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada, room="green")
    rooms.hear(
        *bodies(Visit(room="Blue Room", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR))
    )
    read_all(NIGHT)
    assert set(RawEvent.objects.values_list("state", "error")) == {("unplaced", "no_session")}
    name_rooms(names=[(session.pk, "blueroom")], by=COMMAND, at=NIGHT)
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    assert set(RawEvent.objects.values_list("state", flat=True)) == {"read"}
    Room.objects.filter(session=session, normal="blueroom").delete()
    read_all(NIGHT)
    assert seen(session, ada) == ()


def test_a_session_that_moves_takes_its_evidence_with_it_or_leaves_it() -> None:
    simulate(NIGHT)
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.hear(*bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + HOUR)))
    read_all(NIGHT)
    Session.objects.filter(pk=session.pk).update(starts_at=EVENING + 24 * HOUR, ends_at=EVENING + 27 * HOUR)
    read_all(NIGHT)
    assert seen(session, ada) == ()
    assert not SessionEvidence.objects.get(session=session).watched
    Session.objects.filter(pk=session.pk).update(starts_at=EVENING, ends_at=EVENING + HOUR)
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1


def test_a_patient_without_a_seat_is_told_and_counts_once_she_is_seated() -> None:
    simulate(NIGHT)
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada)
    rooms.hear(*bodies(Visit(room="blue", ref=rooms.link(cleo), joined_at=EVENING, left_at=EVENING + HOUR)))
    read_all(NIGHT)
    stranger = Stranger.objects.open().get()
    assert (stranger.patient_id, stranger.display, stranger.joined_at) == (cleo.pk, "", EVENING)
    seat = Seat.objects.create(session=session, patient=cleo, booked=True)
    read_all(NIGHT)
    assert len(seen(session, cleo)) == 1
    assert not Stranger.objects.open().exists()
    Seat.objects.filter(pk=seat.pk).update(released_at=NIGHT, released_by="staff:1", occupies=False)
    read_all(NIGHT)
    assert Stranger.objects.open().get().patient_id == cleo.pk


def test_a_long_visit_is_of_every_session_of_its_room() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    morning = rooms.session(ada, length=HOUR, name="M")
    later = rooms.session(ada, starts_at=EVENING + 6 * HOUR, length=HOUR, name="L")
    rooms.hear(
        *bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING, left_at=EVENING + 7 * HOUR))
    )
    read_all(EVENING + 8 * HOUR)
    assert len(seen(morning, ada)) == len(seen(later, ada)) == 1
    assert kept() == in_one_go(EVENING + 8 * HOUR)


def test_whoever_stays_is_in_the_next_session_when_it_begins() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    first = rooms.session(ada, length=HOUR, name="A")
    second = rooms.session(ada, starts_at=EVENING + HOUR + 10 * MINUTE, length=HOUR, name="B")
    rooms.hear(*bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING)))
    for now in (
        EVENING + MINUTE,
        EVENING + HOUR + 9 * MINUTE,
        EVENING + HOUR + 10 * MINUTE,
        EVENING + 3 * HOUR,
    ):
        read_all(now)
        assert kept() == in_one_go(now), now
    assert len(seen(first, ada)) == len(seen(second, ada)) == 1


def test_a_log_that_falls_silent_makes_the_session_stale_until_it_is_heard_again() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.hear(*bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING)))
    read_all(EVENING + HOUR)
    assert not SessionEvidence.objects.get(session=session).stale
    read_all(NIGHT)
    assert SessionEvidence.objects.get(session=session).stale
    assert kept() == in_one_go(NIGHT)
    rooms.hear(*bodies(Visit(room="elsewhere", ref="x", joined_at=EVENING + 4 * HOUR)), at=NIGHT)
    read_all(NIGHT)
    assert not SessionEvidence.objects.get(session=session).stale
    assert kept() == in_one_go(NIGHT)


def test_what_lies_in_the_future_waits() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.hear(*bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING + 2 * timedelta(seconds=1))))
    read_all(EVENING)
    assert seen(session, ada) == ()
    assert RawEvent.objects.oldest_unread(EVENING) is None
    assert RawEvent.objects.unread_since(EVENING).count() == 2
    assert read_all(EVENING + 2 * timedelta(seconds=1)) == 2
    assert len(seen(session, ada)) == 1


def test_an_oldest_unread_delivery_is_told_to_health_checks() -> None:
    rooms = Rooms()
    rooms.hear(*bodies(Visit(room="blue", ref="x", joined_at=EVENING)))
    assert RawEvent.objects.oldest_unread(NIGHT) == EVENING
    assert RawEvent.objects.due_by(NIGHT).count() == 2
    read_all(NIGHT)
    assert RawEvent.objects.oldest_unread(NIGHT) is None


def test_a_join_tells_who_only_with_what_was_signed_for_its_handle_whichever_comes_first() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada, room="grp-42")
    rooms.link(ada, "p-1", provider="janus")
    joined = janus("joined", micros(EVENING), who="p-1.aa")
    attached = janus_attached(micros(EVENING) - 5, ref="p-8")
    rooms.hear(joined, provider="janus")
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    rooms.hear(attached, provider="janus")
    read_all(NIGHT)
    assert seen(session, ada) == ()
    assert Stranger.objects.open().get().posing
    assert kept() == in_one_go(NIGHT)


def test_a_restart_of_the_engine_ends_every_visit_on_it() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada, room="grp-42")
    rooms.link(ada, "p-1", provider="janus")
    attached, joined = janus_attached(micros(EVENING) - 5, ref="p-1"), janus("joined", micros(EVENING))
    rooms.hear([attached, joined], provider="janus")
    read_all(NIGHT)
    assert spans(session, ada) == [(EVENING, None)]
    rooms.hear(janus_core("started", micros(EVENING + HOUR)), provider="janus")
    read_all(NIGHT)
    assert spans(session, ada) == [(EVENING, EVENING + HOUR)]
    assert kept() == in_one_go(NIGHT)
    assert set(RawEvent.objects.values_list("state", flat=True)) == {"read"}


def test_who_shows_the_name_of_somebody_leading_the_session_is_no_stranger() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"))
    session.leaders.create(staff=rooms.ben)
    visit = Visit(room="blue", ref="x", joined_at=EVENING, left_at=EVENING + HOUR)
    rooms.hear(*bodies(by_nickname(visit, name="Ben"), by_nickname(visit, name="Benno")))
    read_all(NIGHT)
    assert [each.display for each in Stranger.objects.open()] == ["Benno"]


def test_a_visit_that_nobody_can_work_out_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    poisoned, healthy = rooms.session(ada), rooms.session(cleo, room="green")
    told = [
        *bodies(Visit(room="blue", ref=rooms.link(ada), joined_at=EVENING)),
        *bodies(Visit(room="green", ref=rooms.link(cleo), joined_at=EVENING)),
    ]
    rooms.hear(*told)
    _poison(monkeypatch, poisoned.pk)
    read_all(NIGHT, limit=2)
    assert len(seen(healthy, cleo)) == 1
    assert seen(poisoned, ada) == ()
    assert RawEvent.objects.failed().count() == 2
    assert set(RawEvent.objects.failed().values_list("error", flat=True)) == {"ZeroDivisionError"}
    monkeypatch.undo()
    read_all(NIGHT + HOUR)
    assert len(seen(poisoned, ada)) == 1
    assert not RawEvent.objects.failed().exists()
    assert not Revisit.objects.failing().exists()


def _poison(monkeypatch: pytest.MonkeyPatch, session_id: int) -> None:
    def poisoned(session_ids: list[int], **known: object) -> object:
        found = gather(session_ids, **known)  # type: ignore[arg-type]
        if found.of.get(session_id):
            raise ZeroDivisionError
        return found

    monkeypatch.setattr("rejoin.rooms.working.gather", poisoned)


@pytest.mark.parametrize("limit", [1, 500])
def test_a_room_of_many_weeks_is_worked_out_week_by_week_however_it_is_read(limit: int) -> None:
    """A leave that was lost in one week is not found in the next, though the connection's name is the same."""
    rooms = Rooms()
    ada = rooms.patient("ada")
    rooms.link(ada, "p-1", provider="janus")
    week = timedelta(days=7)
    sessions = [rooms.session(ada, starts_at=EVENING + each * week, room="grp-42") for each in range(3)]
    for each in range(3):
        rooms.hear(janus("joined", micros(EVENING + each * week + MINUTE)), provider="janus")
    rooms.hear(janus("leaving", micros(EVENING + 2 * week + HOUR)), provider="janus")
    read_all(EVENING + 4 * week, limit)
    lost = [(EVENING + each * week + MINUTE, None) for each in range(2)]
    last = (EVENING + 2 * week + MINUTE, EVENING + 2 * week + HOUR)
    assert [spans(each, ada) for each in sessions] == [[lost[0]], [lost[1]], [last]]
