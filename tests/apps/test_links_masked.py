"""Her link opens her pages without a sign-in: whoever reads what was sent to her does not have it from us."""

from datetime import timedelta

import pytest
from django.urls import reverse

from rejoin.followup.models import Case
from rejoin.makeups.links import token_of
from rejoin.makeups.models import Debt
from rejoin.outreach.masking import without_secrets
from rejoin.outreach.models import Message
from rejoin.visits.links import base_of
from tests.apps.makeups_scene import NEXT_DAY, Owing
from tests.apps.signing import client_of

SITE = "https://in.example.org"
LINKS = {
    reverse("makeup:choose", args=["ab_c.d-e"]): "/makeup/…/",
    reverse("makeup:look", args=["ab_c.d-e"]): "/makeup/…/look",
    base_of("p-0.ab_c"): "/join/…/",
    reverse("calendar", args=["ab_c.d-e"]): "/calendar/…",
    reverse("accounts:invitation", args=["ab_c-d"]): "/account/invitation/…",
    reverse("account_reset_password_from_key", args=["1", "ab_c-d"]): "/account/password/reset/key/…/",
}


@pytest.mark.parametrize("link", LINKS)
def test_of_an_address_that_opens_something_only_where_it_led_is_left(link: str) -> None:
    said = f'Pick a time: {SITE}{link} "Reply STOP"\nto end.'
    assert without_secrets(said) == said.replace(link, LINKS[link])
    assert without_secrets(without_secrets(said)) == without_secrets(said)


def test_words_that_lead_nowhere_of_hers_stay_as_they_are() -> None:
    for said in ("", "See https://in.example.org/me/ and join us.", "either/or", "/makeup/ is a word"):
        assert without_secrets(said) == said


@pytest.mark.django_db
def test_nobody_of_the_staff_reads_her_link_on_any_page_about_her() -> None:
    owing = Owing()
    (ada,), (missed,) = owing.patients, owing.missed
    case = Case.objects.get(patient=ada)
    token = token_of(Debt.objects.get(seat=missed).ref)
    link = f"{SITE}{reverse('makeup:choose', args=[token])}"
    sent = Message.objects.create(
        key="with her link",
        about=f"case:{case.pk}",
        patient=ada,
        program=owing.scene.program,
        channel="sms",
        template="make_up_offer",
        language="en",
        made_at=NEXT_DAY,
        not_before=NEXT_DAY,
        expires_at=NEXT_DAY + timedelta(hours=1),
        sender="system:engine",
        body=f'Harbor Office: pick a time: {link} "Reply STOP to end."',
        state="sent",
        state_at=NEXT_DAY,
    )
    assert token in sent.body
    owing.desk()
    client = client_of(owing.scene.ben)
    for page in (reverse("console:case", args=[case.ref]), reverse("console:patient", args=[ada.ref])):
        told = client.get(page).content.decode()
        assert f"{SITE}/makeup/…/" in told, page
        assert token not in told, page
