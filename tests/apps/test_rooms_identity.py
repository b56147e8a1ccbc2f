"""Who somebody was: by what was signed, by what is unique, by a person's word, and never by a name."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, ENGINE
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Address
from rejoin.programs.models import Seat
from rejoin.rooms.actions import (
    add_identities,
    confirm_identity,
    issue_join_ref,
    settle_stranger,
    take_in_file,
)
from rejoin.rooms.fake import Visit, by_nickname, events_of
from rejoin.rooms.models import Identity, SessionEvidence, Stranger
from rejoin.rooms.vocabulary import SettledAs
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, in_one_go, kept, read_all, seen, simulate
from tests.rooms.seeds import janus, janus_attached, zoom

pytestmark = pytest.mark.django_db
NIGHT = EVENING + 5 * HOUR
VISIT = Visit(room="blue", ref="x", joined_at=EVENING, left_at=EVENING + HOUR)


def hear(rooms: Rooms, *visits: Visit) -> None:
    rooms.hear(*(event.body for event in events_of(visits)))


def zoomed(name: str, email: str = "", user: str = "u-1") -> list[object]:
    """A guest of a Zoom meeting, who has nothing but a name and perhaps an address."""
    person = {"user_id": user, "user_name": name, "email": email, "id": ""}
    told = [
        zoom(
            "meeting.participant_joined", EVENING.isoformat(), sent=int(EVENING.timestamp() * 1000), **person
        ),
        zoom(
            "meeting.participant_left",
            (EVENING + HOUR).isoformat(),
            sent=int((EVENING + HOUR).timestamp() * 1000),
            **person,
        ),
    ]
    for each in told:
        each["payload"]["object"]["id"] = "blue"
    return told


def test_a_nickname_is_a_stranger_until_somebody_vouches_for_it_and_then_it_counts() -> None:
    simulate(NIGHT)
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.hear(*zoomed("Sunny"), provider="zoom")
    read_all(NIGHT)
    assert seen(session, ada) == ()
    stranger = Stranger.objects.open().get()
    assert (stranger.display, stranger.ref, stranger.joined_at) == ("Sunny", "", EVENING)
    worked_out = SessionEvidence.objects.get().worked_out_at
    identity = confirm_identity(stranger=stranger, patient=ada, by=rooms.desk, at=NIGHT + MINUTE)
    assert (identity.ref, identity.patient, identity.by) == ("Sunny", ada, str(rooms.desk))
    assert len(seen(session, ada)) == 1, "without waiting for any worker"
    assert SessionEvidence.objects.get().worked_out_at > worked_out, "whoever decided on her is woken"
    assert not Stranger.objects.open().exists()
    stranger.refresh_from_db()
    assert (stranger.gone, stranger.settled_as) == (True, "patient")
    assert kept() == in_one_go(NIGHT + MINUTE)
    told = Event.objects.get(verb="rooms.confirm_identity")
    assert (told.subject, told.patient_ref) == (f"stranger:{stranger.pk}", ada.pk)


def test_a_confirmed_reference_is_vouched_for_and_not_the_name_beside_it() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    first = rooms.session(ada)
    second = rooms.session(ada, starts_at=EVENING + 24 * HOUR)
    guest = by_nickname(VISIT, name="Sunny")
    other = by_nickname(Visit(room="blue", ref="y", joined_at=EVENING + 24 * HOUR), name="Sunny")
    hear(rooms, guest, other)
    read_all(EVENING + 48 * HOUR)
    stranger = Stranger.objects.open().get(session=first)
    assert stranger.ref == guest.ref
    confirm_identity(stranger=stranger, patient=ada, by=rooms.desk, at=EVENING + 48 * HOUR)
    assert len(seen(first, ada)) == 1
    assert seen(second, ada) == ()


def test_a_confirmation_reaches_every_session_in_which_she_was_the_same_stranger() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    sessions = [rooms.session(ada, starts_at=EVENING + each * 24 * HOUR) for each in range(3)]
    for each in range(3):
        hear(
            rooms,
            Visit(
                room="blue",
                ref="guest-7",
                joined_at=EVENING + each * 24 * HOUR,
                left_at=EVENING + (each * 24 + 1) * HOUR,
            ),
        )
    read_all(EVENING + 72 * HOUR)
    assert Stranger.objects.open().count() == 3
    confirm_identity(stranger=Stranger.objects.open()[0], patient=ada, by=rooms.desk, at=EVENING + 72 * HOUR)
    assert [len(seen(each, ada)) for each in sessions] == [1, 1, 1]


def test_a_name_that_anybodys_device_shows_is_vouched_for_by_nobody() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    rooms.session(ada)
    for place, name in enumerate(
        ("iPhone", "iPhone (2)", "Galaxy S21+", "My iPad Pro", "Zoom User", "guest 3", "7", "")
    ):
        rooms.hear(*zoomed(name, user=f"u-{place}"), provider="zoom")
    read_all(NIGHT)
    for stranger in Stranger.objects.open():
        with pytest.raises(Refusal) as refused:
            confirm_identity(stranger=stranger, patient=ada, by=rooms.desk, at=NIGHT)
        assert refused.value.code == "identity.nobodys_name", stranger.display
    assert not Identity.objects.exists()


def test_whoever_comes_by_somebody_elses_link_cannot_be_vouched_for() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    rooms.session(ada, room="grp-42")
    at = int(EVENING.timestamp() * 1_000_000)
    rooms.hear(janus_attached(at - 5, ref="p-8"), janus("joined", at, who="p-1.aa"), provider="janus")
    read_all(NIGHT)
    with pytest.raises(Refusal) as refused:
        confirm_identity(stranger=Stranger.objects.open().get(), patient=ada, by=rooms.desk, at=NIGHT)
    assert refused.value.code == "identity.posing"


def test_a_reference_is_one_patients_whoever_says_otherwise_later() -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    rooms.session(ada, cleo)
    hear(rooms, VISIT)
    read_all(NIGHT)
    stranger = Stranger.objects.open().get()
    rooms.link(cleo, "x")
    with pytest.raises(Refusal) as refused:
        confirm_identity(stranger=stranger, patient=ada, by=rooms.desk, at=NIGHT)
    assert refused.value.code == "identity.taken"
    assert confirm_identity(stranger=stranger, patient=cleo, by=rooms.desk, at=NIGHT).patient == cleo
    assert Identity.objects.count() == 1


def test_only_a_person_says_who_somebody_was() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    rooms.session(ada)
    hear(rooms, VISIT)
    read_all(NIGHT)
    stranger = Stranger.objects.open().get()
    with pytest.raises(Refusal):
        confirm_identity(stranger=stranger, patient=ada, by=ENGINE, at=NIGHT)
    with pytest.raises(Refusal):
        settle_stranger(stranger=stranger, as_=SettledAs.GUEST, by=ENGINE, at=NIGHT)


def test_a_settled_stranger_stays_settled_and_credits_nobody() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    hear(rooms, Visit(room="blue", ref="x", joined_at=EVENING))
    read_all(NIGHT)
    stranger = Stranger.objects.open().get()
    settle_stranger(stranger=stranger, as_=SettledAs.STAFF, by=rooms.desk, at=NIGHT)
    with pytest.raises(Refusal):
        settle_stranger(stranger=stranger, as_=SettledAs.GUEST, by=rooms.desk, at=NIGHT)
    hear(rooms, Visit(room="blue", ref="x", joined_at=EVENING, left_at=EVENING + HOUR))
    read_all(NIGHT)
    known = Stranger.objects.get()
    assert (known.settled_as, known.left_at) == ("staff", EVENING + HOUR)
    assert not Stranger.objects.open().exists()
    assert seen(session, ada) == ()
    assert Event.objects.get(verb="rooms.settle_stranger").reason == "staff"


def test_an_address_of_two_patients_is_nobodys() -> None:
    simulate(NIGHT)
    rooms = Rooms()
    ada = rooms.patient("ada", email="family@example.org")
    session = rooms.session(ada)
    rooms.hear(*zoomed("A", "Family@Example.org"), provider="zoom")
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    rooms.patient("cleo", email="family@example.org")
    SessionEvidence.objects.all()
    rooms.hear(*zoomed("B", user="u-2"), provider="zoom")
    read_all(NIGHT)
    assert seen(session, ada) == ()
    assert kept() == in_one_go(NIGHT)


def test_an_address_that_was_retired_since_still_tells_who_came_by_it_then() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada", email="ada@example.org")
    session = rooms.session(ada)
    retired = {"retired_at": EVENING + 24 * HOUR, "retired_by": "staff:1"}
    Address.objects.update(**retired)
    cleo = rooms.patient("cleo", email="ada@example.org")
    Address.objects.filter(patient=cleo).update(retired_at=EVENING - HOUR, retired_by="staff:1")
    rooms.hear(*zoomed("A", "ada@example.org"), provider="zoom")
    read_all(EVENING + 48 * HOUR)
    assert len(seen(session, ada)) == 1


def test_an_address_on_file_since_explains_a_stranger() -> None:
    simulate(NIGHT)
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.hear(*zoomed("A", "ada@example.org"), provider="zoom")
    read_all(NIGHT)
    assert seen(session, ada) == ()
    Address.objects.create(patient=ada, kind="email", value="ada@example.org", normal="ada@example.org")
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    assert not Stranger.objects.open().exists()


def test_an_identity_that_is_said_later_is_not_known_before() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    add_identities(identities=[("livekit", "x", ada.pk)], by=COMMAND, at=NIGHT + HOUR)
    hear(rooms, VISIT)
    read_all(NIGHT)
    assert seen(session, ada) == ()


def test_a_phone_is_recognised_however_it_is_written() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    Address.objects.create(patient=ada, kind="phone", value="(555) 123-4567", normal="+15551234567")
    session = rooms.session(ada)
    rooms.hear(*zoomed("1 555 123 4567"), provider="zoom")
    read_all(NIGHT)
    assert [each.dial_in for each in seen(session, ada)] == [True]
    assert kept() == in_one_go(NIGHT)


def test_names_that_no_column_holds_stop_nobody() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada)
    rooms.link(ada)
    strange = "\x00" + "a" * 5000
    hear(rooms, Visit(room="blue", ref="pt-ada", joined_at=EVENING, name=strange))
    hear(rooms, Visit(room="blue", ref=strange, joined_at=EVENING, name=strange))
    rooms.hear(*zoomed(strange, f"{strange}@example.org"), provider="zoom")
    rooms.hear(zoomed("x", user="\x00y\x00")[0], provider="zoom")
    rooms.hear(*(event.body for event in events_of([Visit(room=strange, ref="x", joined_at=EVENING)])))
    rooms.hear(
        b'{"event":"participant_joined","createdAt":"1791237600","room":{"name":"blue"},"participant":{"sid":"PA_\\ud800"}}'
    )
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    assert Stranger.objects.open().count() == 3


def test_a_join_reference_is_one_a_seat_tells_nothing_and_cannot_be_guessed() -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada, cleo)
    hers, other = (Seat.objects.get(patient=each) for each in (ada, cleo))
    ref = issue_join_ref(seat=hers, provider="livekit", by=rooms.desk, at=EVENING)
    assert len(ref) == 34
    assert issue_join_ref(seat=hers, provider="livekit", by=rooms.desk, at=EVENING + MINUTE) == ref
    assert issue_join_ref(seat=hers, provider="janus", by=rooms.desk, at=EVENING) != ref
    assert issue_join_ref(seat=other, provider="livekit", by=rooms.desk, at=EVENING) != ref
    hear(rooms, Visit(room="blue", ref=ref, joined_at=EVENING, left_at=EVENING + HOUR))
    read_all(NIGHT)
    assert len(seen(session, ada)) == 1
    assert Event.objects.filter(verb="rooms.issue_join_ref").count() == 3


def test_no_link_is_given_out_for_a_seat_that_is_none() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"))
    seat = session.seats.get()
    with pytest.raises(Refusal) as refused:
        issue_join_ref(seat=seat, provider="livekit", by=rooms.desk, at=EVENING + 3 * HOUR)
    assert refused.value.code == "session.over"
    seat.released_at = EVENING
    with pytest.raises(Refusal) as refused:
        issue_join_ref(seat=seat, provider="livekit", by=rooms.desk, at=EVENING)
    assert refused.value.code == "seat.released"


def test_the_database_keeps_what_was_said() -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    session = rooms.session(ada)
    rooms.link(ada, "x")
    kept_file = take_in_file(provider=None, name="a", body=b"a", by=COMMAND, at=EVENING)
    row = {"provider": "livekit", "normal": "x", "at": EVENING, "by": "staff:1"}
    seat = session.seats.get()
    Identity.objects.create(**row, ref="r1", patient=ada, seat=seat)
    stranger = {"session": session, "key": "k", "provider": "zoom", "seen_at": EVENING}
    Stranger.objects.create(**stranger)
    refused: list[Callable[[], object]] = [
        lambda: Identity.objects.create(**row, ref="x", patient=cleo),
        lambda: Identity.objects.create(**row, ref="r2", patient=ada, seat=seat),
        lambda: Identity.objects.filter(ref="x").update(patient=cleo),
        lambda: Identity.objects.all().delete(),
        lambda: Stranger.objects.create(**stranger),
        lambda: Stranger.objects.update(settled_at=EVENING),
        lambda: Stranger.objects.update(settled_at=EVENING, settled_by="staff:1", settled_as="friend"),
        lambda: type(kept_file).objects.update(body=b"b"),
        lambda: type(kept_file).objects.update(received_by="staff:1"),
        lambda: type(kept_file).objects.update(state="lost"),
        lambda: type(kept_file).objects.update(next_try_at=None),
        kept_file.delete,
    ]
    for write in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
