"""What a case, a chart and her own page tell of a way back once it was taken."""

import pytest
from django.urls import reverse

from rejoin.common import clock
from rejoin.continuity.actions import finish, say_of_unit, sign_off
from rejoin.continuity.actions import give_back as give_material_back
from rejoin.continuity.vocabulary import Let, Wants
from rejoin.followup.actions import close_case
from rejoin.followup.boards import case_timeline
from rejoin.followup.models import Case
from rejoin.followup.vocabulary import FinalOutcome
from rejoin.makeups.actions import accept_offer, give_back
from rejoin.makeups.actions.debts import waive
from rejoin.makeups.vocabulary import WaiverReason
from tests.apps.continuity_scene import Following, staying
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.scene import minutes
from tests.apps.signing import client_of, patient_client_of

pytestmark = pytest.mark.django_db


def told_of(case: Case, since: int = 0) -> list[tuple[str, str]]:
    entries = case_timeline(Case.objects.select_related("session__group", "program").get(pk=case.pk))
    return [(each.who, each.what) for each in entries if each.at >= NEXT_DAY + minutes(since)]


def test_a_case_tells_who_picked_a_time_and_who_gave_it_back_and_when() -> None:
    owing = Owing()
    (seat,) = owing.missed
    owing.other_group()
    (offer,) = owing.offers()
    booking = accept_offer(offer=offer, **owing.desk(NEXT_DAY + minutes(1))).booking
    assert booking is not None
    give_back(booking=booking, **owing.desk(NEXT_DAY + minutes(2)))
    waive(seat=seat, why=WaiverReason.CLINICAL, words="She is well", **owing.desk(NEXT_DAY + minutes(3)))
    ben = owing.scene.ben.name
    assert told_of(Case.objects.get(seat=seat), since=1) == [
        (ben, "picked a time to make it up: Friday 9 October, 18:00, with another group"),
        (ben, "gave back the time on Friday 9 October, 18:00: she cannot come then after all"),
        (ben, "let go what was left to make up"),
    ]


def test_a_case_tells_what_she_caught_up_on_and_who_looked_at_it_once_each() -> None:
    scene = Following()
    begun = scene.done()
    give_material_back(catch_up=begun, wants=Wants.TALK, **scene.desk(NEXT_DAY + minutes(1)))
    finish(catch_up=begun, choices={}, **scene.herself(at=NEXT_DAY + minutes(2)))
    sign_off(catch_up=begun, words="Well done", **scene.desk(NEXT_DAY + minutes(3)))
    say_of_unit(
        patient=scene.ada,
        program=scene.scene.program,
        course=staying(),
        unit="triggers",
        what=Let.WAIVED,
        words="She knows it",
        **scene.desk(NEXT_DAY + minutes(4)),
    )
    say_of_unit(
        patient=scene.ada,
        program=scene.scene.program,
        course=staying(),
        unit="cravings",
        what=Let.WAIVED,
        words="Of another evening",
        **scene.desk(NEXT_DAY + minutes(5)),
    )
    ben = scene.scene.ben.name
    assert told_of(Case.objects.get(seat=scene.seat()))[-5:] == [
        ("The patient", "has done the material on it"),
        (ben, "gave the catch-up back: a talk first"),
        ("The patient", "has done the material on it"),
        (ben, "looked at her catch-up and signed it off"),
        (ben, "let the unit go for her"),
    ]


def test_a_chart_shows_that_she_missed_it_and_that_she_made_it_up_and_when() -> None:
    owing = Owing()
    assert owing.missed
    green = owing.other_group()
    accept_offer(offer=owing.offers()[0], **owing.desk())
    ada = owing.patients[0]
    chart = client_of(owing.scene.ben)
    address = reverse("console:patient", args=[ada.ref])
    before = chart.get(address).content.decode()
    assert ": missed" in before
    assert "made up" not in before
    owing.scene.watched(green, (ada, green.starts_at, green.ends_at))
    at = green.ends_at + minutes(30)
    owing.run(at)
    clock.simulate(shown_at=at, rate=0)
    after = chart.get(address).content.decode()
    assert ": missed, not attested, made up 9 Oct</span>" in after
    assert '<span class="note" aria-hidden="true">made up 9 Oct</span>' in after


def test_her_page_says_no_more_why_it_matters_once_the_case_is_closed() -> None:
    owing = Owing()
    (seat,) = owing.missed
    case = owing.scene.case(seat.patient)
    client, address = patient_client_of(seat.patient), reverse("portal:missed", args=[case.ref])
    assert "Why it matters" in client.get(address).content.decode()
    close_case(case=case, outcome=FinalOutcome.REFUSED, **owing.desk(NEXT_DAY + minutes(1)))
    assert "Why it matters" not in client.get(address).content.decode()
