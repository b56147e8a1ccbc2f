"""She cannot come, or was missed: what she is told at once, what is kept, and who hears of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rejoin.attendance.models import Notice, SeatStatus
from rejoin.common import clock
from rejoin.followup.models import Case, Step
from rejoin.makeups.actions import accept_offer
from rejoin.makeups.links import makeup_path
from rejoin.makeups.models import Debt
from rejoin.outreach.models import Reply
from rejoin.people.models import Flag, Patient
from rejoin.programs.models import Seat, Session
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import LETTERS, START, Scene, minutes, publish
from tests.apps.signing import patient_client_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def page_of(session: Session, patient: Patient) -> str:
    return reverse("portal:cannot", args=[Seat.objects.get(session=session, patient=patient).pk])


def told(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def send(client: Client, address: str, why: str, words: str = "") -> str:
    """What she reads after she sent it."""
    answer = client.post(address, {"why": why, "words": words})
    assert (answer.status_code, answer["Location"].split("#")[0]) == (303, address)
    return told(client, address)


def test_in_time_she_is_told_that_it_does_not_count_and_it_does_not() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada, starts_at=START + 2 * DAY)
    client, address = patient_client_of(ada), page_of(session, ada)
    before = told(client, address)
    assert "Your program asks to know by 6 p.m. tomorrow." in before
    assert "If you tell us now, it does not count as a missed session." in before
    after = send(client, address, "work")
    assert "This does not count as a missed session." in after
    assert "You said: work." in after
    assert "You have 7 days to make it up." in after
    assert "fee" not in after
    scene.watched(session)
    scene.run(session.starts_at + minutes(30))
    assert SeatStatus.objects.get(seat__session=session).status == "excused"
    assert not Reply.objects.exists()


def test_too_late_it_counts_and_nobody_blames_her() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    client, address = patient_client_of(ada), page_of(session, ada)
    before = told(client, address)
    assert "and that has passed" in before
    assert "At any time, it does not count if you are sick," in before
    after = send(client, address, "work")
    assert "It says nothing about you, and you can make it up." in after
    assert "A person decides, and talks with you first." in after
    again = send(client, address, "illness")
    assert "This does not count as a missed session." in again


def test_a_reason_that_her_policy_accepts_is_told_as_accepted() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client, address = patient_client_of(ada), page_of(scene.session(ada), ada)
    assert ">Court<" in told(client, address)
    assert "This does not count as a missed session." in send(client, address, "court")


def test_where_nothing_is_excused_it_says_so() -> None:
    scene = Scene("e")
    ada = scene.admit("ada")
    client, address = patient_client_of(ada), page_of(scene.session(ada, starts_at=START + DAY), ada)
    assert "every session that you cannot come to counts as missed" in told(client, address)


@pytest.mark.parametrize("why", ["craving", "felt_worse"])
def test_whoever_feels_bad_is_heard_by_a_person_at_once_and_shown_the_crisis_line(why: str) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client, address = patient_client_of(ada), page_of(scene.session(ada), ada)
    after = send(client, address, why)
    assert "We have told your team just now." in after
    assert "call 988 or 911 now" in after
    reply = Reply.objects.get()
    assert (reply.patient, reply.unread, reply.programs, reply.channel) == (
        ada,
        True,
        [scene.program.pk],
        "portal",
    )
    assert not Flag.objects.exists()


def test_where_the_policy_elevates_for_it_she_is_followed_up_as_it_says() -> None:
    scene = Scene()
    publish(scene.program, LETTERS["a"].read_text().replace("left_distressed]", "craving]").replace("version: 3", "version: 4").replace("2026-01-01", "2026-09-01"))  # fmt: skip
    ada = scene.admit("ada")
    client, address = patient_client_of(ada), page_of(scene.session(ada), ada)
    send(client, address, "craving")
    send(client, address, "craving")
    assert Flag.objects.get(patient=ada).code == "craving"
    scene.watched(Session.objects.get())
    scene.run(START + minutes(30))
    assert scene.case(ada).elevated


def test_her_own_words_reach_her_team_as_she_wrote_them() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client, address = patient_client_of(ada), page_of(scene.session(ada), ada)
    send(client, address, "", "My son's fever is back <3\x00")
    assert Reply.objects.get().text.endswith("she gives no reason. My son's fever is back <3")
    assert Notice.objects.get().reason == ""


def test_after_a_miss_she_reads_what_happens_next_and_says_what_happened() -> None:
    owing = Owing()
    (seat,) = owing.missed
    case = owing.scene.case(seat.patient)
    client = patient_client_of(seat.patient)
    address = reverse("portal:missed", args=[case.ref])
    before = told(client, address)
    assert makeup_path(Debt.objects.get(seat=seat).ref) in before
    assert "We are glad each time you come." in before
    assert "from your team calls you" in before
    after = send(client, address, "felt_worse", "A hard week")
    assert "We have told your team just now." in after
    step = Step.objects.get(case=case, origin="reply")
    assert step.deadline is not None
    assert step.due_at <= NEXT_DAY + minutes(60)
    assert "outreach" not in after
    assert "supervisor" not in before + after


def test_a_reason_told_afterwards_that_her_policy_accepts_takes_the_miss_back() -> None:
    owing = Owing()
    (seat,) = owing.missed
    case = owing.scene.case(seat.patient)
    client, address = patient_client_of(seat.patient), reverse("portal:missed", args=[case.ref])
    assert "This does not count as a missed session." not in send(client, address, "work")
    assert "This does not count as a missed session." in send(client, address, "illness")
    owing.run(NEXT_DAY + minutes(5))
    assert SeatStatus.objects.get(seat=seat).status == "excused"


def test_whoever_has_picked_a_time_is_not_told_that_nothing_was_heard_of_her() -> None:
    owing = Owing()
    (seat,) = owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    accept_offer(offer=offer, **owing.desk())
    case = owing.scene.case(seat.patient)
    Step.objects.filter(case=case, ended_at=None).update(
        state="cancelled", ended_at=NEXT_DAY, ended_by="staff:1"
    )
    Case.objects.filter(pk=case.pk).update(next_step="call2", next_due_at=NEXT_DAY + minutes(120))
    page = told(patient_client_of(seat.patient), reverse("portal:missed", args=[case.ref]))
    assert "A person from your team may still call" in page


def test_what_is_planned_is_told_as_far_as_it_is_hers_to_know() -> None:
    owing = Owing()
    (seat,) = owing.missed
    case = owing.scene.case(seat.patient)
    Step.objects.filter(case=case, ended_at=None).update(
        state="cancelled", ended_at=NEXT_DAY, ended_by="staff:1"
    )
    client, address = patient_client_of(seat.patient), reverse("portal:missed", args=[case.ref])
    for rung, due_at, words in (
        ("call2", NEXT_DAY + minutes(120), "a person from your team calls you by 2 p.m. today."),
        ("nudge", NEXT_DAY + minutes(5), "a person from your team calls you."),
        ("escalation:call1", NEXT_DAY, "No call is planned right now."),
        ("", None, "No call is planned right now."),
    ):
        Case.objects.filter(pk=case.pk).update(next_step=rung, next_due_at=due_at)
        assert words in told(client, address)


def test_once_she_was_heard_from_nobody_goes_on_calling() -> None:
    owing = Owing()
    (seat,) = owing.missed
    case = owing.scene.case(seat.patient)
    case.state = "stopped"
    case.save(update_fields=["state"])
    page = told(patient_client_of(seat.patient), reverse("portal:missed", args=[case.ref]))
    assert "so we stop calling" in page


def test_once_she_has_picked_a_time_her_pages_lead_to_it_and_it_is_given_back_there() -> None:
    owing = Owing()
    (seat,) = owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    accept_offer(offer=offer, **owing.desk())
    client = patient_client_of(seat.patient)
    case, back = owing.scene.case(seat.patient), makeup_path(Debt.objects.get(seat=seat).ref)
    page = ""
    for address in ("/me/", "/me/sessions", reverse("portal:missed", args=[case.ref])):
        page = told(client, address)
        assert "See the time you picked" in page
        assert "Pick a time" not in page
        assert "If we have not heard from you" not in page
    assert "may still call, to hear how you are" in page
    assert f'href="{back}">I can' in told(client, "/me/")


def test_another_patients_session_and_case_are_not_there() -> None:
    owing = Owing(names=("ada", "eve"))
    mine, hers = owing.missed
    client = patient_client_of(mine.patient)
    case = owing.scene.case(hers.patient)
    coming = owing.scene.session(hers.patient, starts_at=START + 3 * DAY)
    for address in (page_of(coming, hers.patient), reverse("portal:missed", args=[case.ref])):
        assert client.get(address).status_code == 404
        assert client.post(address, {"why": "work"}).status_code == 404
    assert not Notice.objects.exists()


def test_of_a_session_that_is_over_nobody_has_to_say_that_she_cannot_come() -> None:
    owing = Owing()
    (seat,) = owing.missed
    assert patient_client_of(seat.patient).get(reverse("portal:cannot", args=[seat.pk])).status_code == 404


def test_her_sessions_are_told_in_words_with_what_is_open() -> None:
    owing = Owing()
    (seat,) = owing.missed
    page = told(patient_client_of(seat.patient), reverse("portal:sessions"))
    assert "0 minutes of at least 9 hours" in page
    assert "what it was about, a session and 3 hours 15 minutes" in page
    assert "We missed you" in page
    assert makeup_path(Debt.objects.get(seat=seat).ref) in page


def test_whoever_has_had_no_session_finds_a_page(django_assert_max_num_queries: Any) -> None:
    ada = Scene().admit("ada")
    client = patient_client_of(ada)
    with django_assert_max_num_queries(20):
        page = told(client, reverse("portal:sessions"))
    assert "You have had no sessions yet." in page


def test_she_changes_the_language_and_all_of_it_changes() -> None:
    owing = Owing()
    (seat,) = owing.missed
    client = patient_client_of(seat.patient)
    coming = owing.scene.session(seat.patient, starts_at=START + 3 * DAY)
    assert client.post(reverse("portal:language"), {"language": "xx"}).status_code == 404
    assert client.post(reverse("portal:language"), {"language": "es"}).status_code == 303
    case = owing.scene.case(seat.patient)
    assert clock.now() >= NEXT_DAY
    for address in (
        reverse("portal:today"),
        reverse("portal:sessions"),
        reverse("portal:missed", args=[case.ref]),
        page_of(coming, seat.patient),
    ):
        page = told(client, address)
        assert '<html lang="es">' in page
        assert "oprima el 2" in page
        for word in (" the ", " you ", " your ", "Call "):
            assert word not in page


def test_staff_read_of_which_session_on_their_own_wall_clock_and_she_reads_her_own_words() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    evening = scene.session(ada, starts_at=START + timedelta(hours=2, minutes=30), minutes=60)
    client = patient_client_of(ada)
    send(client, page_of(evening, ada), "work", "A shift. She says that she is sorry.")
    assert Reply.objects.get().text == (
        "About the session of Wednesday 7 October 2026, 8:30 p.m., she says that she has to work. "
        "A shift. She says that she is sorry."
    )
    thread = told(client, reverse("portal:messages"))
    assert "You said: work. A shift. She says that she is sorry." in thread
    assert "About the session" not in thread


def test_a_second_tap_tells_nothing_twice() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    client, address = patient_client_of(ada), page_of(scene.session(ada), ada)
    for _ in range(2):
        send(client, address, "felt_worse", "A hard week")
    assert (Notice.objects.count(), Reply.objects.count()) == (1, 1)
    send(client, address, "felt_worse", "It is worse now")
    assert (Notice.objects.count(), Reply.objects.count()) == (1, 2)
    send(client, address, "work", "")
    clock.simulate(shown_at=clock.now() + minutes(2), rate=0)
    send(client, address, "felt_worse", "It is worse now")
    assert (Notice.objects.count(), Reply.objects.count()) == (3, 3)
