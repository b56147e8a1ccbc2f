"""What somebody of a family sees by a sign-in of her own: what a live word covers, on this page, and nothing else at all."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import iscoroutinefunction
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from rejoin.accounts.models import User
from rejoin.attendance.actions import record_mark
from rejoin.common import clock
from rejoin.common.actors import COMMAND, patient_actor
from rejoin.common.rows import select
from rejoin.common.seeing import seen_by_family
from rejoin.domain.attendance import Status
from rejoin.domain.consent import MINORS, About
from rejoin.domain.kernel import Refusal
from rejoin.outreach.inviting_family import invite_relative, send_to_relative
from rejoin.people.actions import close_to_family, open_to_family, record_birth_date, record_guardian_word
from rejoin.people.models import Consent, Contact
from rejoin.people.relatives import Relative, Tie
from rejoin.people.vocabulary import WhyClosed
from tests.apps.family_rows import FamilyRows
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import PASSWORD, account_of, client_of, patient_client_of, signed_in

pytestmark = pytest.mark.django_db
WHO: Any = {"by": COMMAND, "at": START - timedelta(days=20)}
NOW: Any = {"by": COMMAND, "at": START - timedelta(hours=1)}
CANARY = "xyzzy-canary"
ABOUT = ("scheduling", "attendance", "safety")


class House:
    """ada, who is grown up, with grace around her; eve is in her group, and somebody nobody else's family may know of."""

    def __init__(self, *about: str) -> None:
        self.scene = Scene()
        self.ada, self.eve = self.scene.admit("ada"), self.scene.admit("evelyn-of-the-group")
        record_birth_date(patient=self.ada, born_on=date(1990, 3, 1), **WHO)
        self.grace = Contact.objects.create(
            patient=self.ada, relation="supporter", name="Grace", email="grace@example.org"
        )
        for each in about:
            self.says(each)

    def says(self, purpose: str, granted: bool = True, **more: Any) -> None:
        at = more.pop("at", WHO["at"])
        Consent.objects.create(
            patient=self.ada,
            contact=self.grace,
            purpose=purpose,
            channel="portal",
            granted=granted,
            at=at,
            by="staff:1",
            **more,
        )

    def signs_in(self) -> Client:
        invite_relative(contact=self.grace, program=self.scene.program, **NOW)
        return signed_in(User.objects.get(email="grace@example.org"), "password")

    @property
    def page(self) -> str:
        return reverse("family:person", kwargs={"ref": Tie.objects.get(contact=self.grace).ref})

    def live_through_a_week(self) -> None:
        """Sessions before and after, with words of hers in every free text that she can fill."""
        sat = self.scene.session(self.ada, self.eve, starts_at=START - timedelta(days=2))
        self.scene.watched(sat)
        self.scene.session(self.ada, self.eve, starts_at=START + timedelta(days=1))
        family = self.scene.session(self.ada, starts_at=START + timedelta(days=2))
        type(family).objects.filter(pk=family.pk).update(kind="family", module=CANARY, service=CANARY)
        seat = sat.seats.get(patient=self.ada)
        record_mark(seat=seat, status=Status.MISSED, by=self.scene.as_ben(), at=START - timedelta(days=1))
        self.scene.run(NOW["at"])


def told(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.content.decode())


def test_an_invitation_is_a_sign_in_of_its_own_and_leads_to_what_may_be_seen() -> None:
    house = House("scheduling")
    path = invite_relative(contact=house.grace, program=house.scene.program, **NOW)
    client = Client()
    answer = client.post(path, {"password1": PASSWORD, "password2": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/family/")
    assert "ada" in told(client, "/family/")
    relative = Relative.objects.get()
    assert not hasattr(relative.user, "patient")
    assert client.get("/")["Location"] == "/family/"
    assert Client().get("/family/")["Location"].startswith("/account/login/")


def test_nobody_is_invited_where_nothing_may_be_shown_nor_by_a_patients_or_a_colleagues_address() -> None:
    house = House()
    with pytest.raises(Refusal) as found:
        invite_relative(contact=house.grace, program=house.scene.program, **NOW)
    assert found.value.code == "invitation.closed"
    house.says("scheduling")
    for person in (house.ada, house.scene.ben):
        Contact.objects.filter(pk=house.grace.pk).update(email=account_of(person).email)
        house.grace.refresh_from_db()
        with pytest.raises(Refusal, match="already signs in"):
            invite_relative(contact=house.grace, program=house.scene.program, **NOW)


def test_after_she_takes_it_back_the_next_invitation_is_not_sent() -> None:
    house = House("scheduling")
    house.signs_in()
    house.says("scheduling", granted=False, at=NOW["at"])
    with pytest.raises(Refusal) as found:
        invite_relative(contact=house.grace, program=house.scene.program, **NOW)
    assert found.value.code == "invitation.closed"
    with pytest.raises(Refusal) as found:
        send_to_relative(contact=house.grace, program=house.scene.program, channels={}, **NOW)
    assert found.value.code == "invitation.dry"


@pytest.mark.parametrize("about", ABOUT)
def test_each_word_opens_its_own_and_no_more(about: str) -> None:
    house = House(about)
    house.live_through_a_week()
    client = house.signs_in()
    page = told(client, house.page)
    assert ("Sessions ahead" in page, "Family sessions" in page) == (about == "scheduling",) * 2
    assert ("So far" in page) == (about == "attendance")
    assert ("Was missed" in page) == (about == "attendance")
    if about == "scheduling":
        assert "Sit with ada at the same phone or computer" in page
    for always in ("tel:988", "tel:911", "tel:555-0100", "call 911"):
        assert always in page


def test_what_she_takes_back_is_gone_with_the_next_page_and_is_as_if_it_had_never_been() -> None:
    house = House("scheduling")
    client, page = house.signs_in(), house.page
    missing = client.get(reverse("family:person", kwargs={"ref": uuid4()}))
    told(client, page)
    house.says("scheduling", granted=False, at=NOW["at"])
    gone = client.get(page)
    assert (gone.status_code, gone.content) == (404, missing.content)
    assert "ada" not in told(client, "/family/")


def test_a_closing_an_end_a_retirement_each_close_the_next_page() -> None:
    house = House("attendance")
    client, page = house.signs_in(), house.page
    close_to_family(contact=house.grace, why=WhyClosed.SHE_ASKS, by=patient_actor(house.ada.pk), at=NOW["at"])
    assert client.get(page).status_code == 404
    open_to_family(contact=house.grace, **NOW)
    assert client.get(page).status_code == 404  # of one instant the closing holds


def test_she_closes_it_on_her_own_page_and_theirs_is_gone_at_once() -> None:
    house = House(*ABOUT)
    client, page, hers = house.signs_in(), house.page, patient_client_of(house.ada)
    told(client, page)
    address = reverse("portal:close_to")
    assert "Tell them nothing" in told(hers, "/me/preferences")
    other = Contact.objects.create(patient=house.eve, relation="supporter", name="Noor")
    assert hers.post(address, {"contact": other.pk}).status_code == 404
    for _ in range(2):
        answer = hers.post(address, {"contact": house.grace.pk}, follow=True)
        assert "They are told nothing from now on." in answer.content.decode()
    assert "To open it again, talk with your team." in answer.content.decode()
    assert client.get(page).status_code == 404
    assert house.grace.closings.count() == 1
    with pytest.raises(Refusal):
        invite_relative(contact=house.grace, program=house.scene.program, **NOW)


def test_a_consent_that_ran_out_shows_nothing() -> None:
    house = House()
    house.says("scheduling", until_at=START)
    client, page = house.signs_in(), house.page
    told(client, page)
    clock.simulate(shown_at=START + minutes(1), rate=0)
    assert client.get(page).status_code == 404


def test_a_retired_contact_sees_nothing() -> None:
    house = House("scheduling")
    client, page = house.signs_in(), house.page
    Contact.objects.filter(pk=house.grace.pk).update(retired_at=NOW["at"], retired_by="staff:1")
    assert client.get(page).status_code == 404


def test_a_minors_guardian_sees_only_what_both_signed() -> None:
    house = House("scheduling")
    record_birth_date(patient=house.ada, born_on=date(2011, 3, 1), **NOW)
    Contact.objects.filter(pk=house.grace.pk).update(relation="guardian")
    house.grace.refresh_from_db()
    with pytest.raises(Refusal):
        invite_relative(contact=house.grace, program=house.scene.program, **NOW)
    record_guardian_word(
        guardian=house.grace, contact=house.grace, about=About.SCHEDULING, granted=True, **NOW
    )
    told(house.signs_in(), house.page)


def test_a_minors_guardian_sees_by_a_law_that_the_program_confirmed_and_no_longer_once_that_is_taken_back() -> (
    None
):
    house = House("scheduling")
    ada, program = house.ada, house.scene.program
    record_birth_date(patient=ada, born_on=date(2011, 3, 1), **NOW)
    type(ada).objects.filter(pk=ada.pk).update(state="NM")
    type(program).objects.filter(pk=program.pk).update(part2=False)
    Contact.objects.filter(pk=house.grace.pk).update(relation="guardian")
    house.grace.refresh_from_db()
    with pytest.raises(Refusal):
        invite_relative(contact=house.grace, program=program, **NOW)
    law = FamilyRows(ada, program)
    rules = [rule for rule in MINORS if rule.state == "NM"]
    for each in rules:
        law.confirmation(service=each.service.value, checked_on=each.checked_on, at=WHO["at"])
    client, page = house.signs_in(), house.page
    told(client, page)
    law.confirmation(
        service=rules[0].service.value, checked_on=rules[0].checked_on, confirmed=False, at=NOW["at"]
    )
    assert client.get(page).status_code == 404


def test_one_account_may_stand_around_two_and_each_is_asked_for_alone() -> None:
    house = House("scheduling")
    client, page = house.signs_in(), house.page
    other = Contact.objects.create(
        patient=house.eve, relation="supporter", name="Grace", email="Grace@example.org"
    )
    with pytest.raises(Refusal):
        invite_relative(contact=other, program=house.scene.program, **NOW)
    assert "evelyn" not in told(client, "/family/")
    record_birth_date(patient=house.eve, born_on=date(1990, 3, 1), **WHO)
    house.scene.consent(house.eve, "portal", contact=other, purpose="attendance")
    invite_relative(contact=other, program=house.scene.program, **NOW)
    assert Relative.objects.count() == 1
    assert "evelyn" in told(client, "/family/")
    house.says("scheduling", granted=False, at=NOW["at"])
    assert client.get(page).status_code == 404
    assert "evelyn" in told(client, "/family/")


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_holds_a_word_of_hers_or_anybody_else_of_her_group(language: str) -> None:
    house = House(*ABOUT)
    house.live_through_a_week()
    plant()
    client = house.signs_in()
    Relative.objects.update(language=language)
    for path in ("/family/", house.page):
        answer = client.get(path)
        assert answer.status_code == 200
        everything = answer.content + str(answer.headers).encode()
        for never in (CANARY, "evelyn", "ben of evening", "Blue", "555-0199"):
            assert never.encode() not in everything, (path, never)


def plant() -> None:
    """A word that is nowhere else, in every free text there is of patients: all columns of text that no rule binds."""
    columns = select(
        """
        SELECT table_name, column_name, character_maximum_length FROM information_schema.columns
         WHERE table_schema = 'public' AND is_generated = 'NEVER' AND is_updatable = 'YES'
           AND column_name IN ('words', 'text', 'body', 'place', 'reason_words', 'display_name', 'note', 'said', 'module',
                               'service', 'nature', 'recipient', 'affiliation', 'summary')
           AND data_type IN ('text', 'character varying') AND table_name ~ '^(attendance|followup|outreach|programs|visits|continuity|makeups)_'
        """
    )
    assert len(columns) > 5
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, column, longest in columns:
            if longest is None or longest >= len(CANARY):
                cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
                cursor.execute(f'UPDATE "{table}" SET "{column}" = %s', [CANARY])
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def test_behind_a_familys_door_no_row_of_any_table_is_there_but_what_three_functions_tell() -> None:
    house = House(*ABOUT)
    house.live_through_a_week()
    house.signs_in()
    tables = [
        table
        for (table,) in select(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relrowsecurity AND has_table_privilege('rejoin_web', oid, 'SELECT')"
        )
    ]
    assert len(tables) > 30
    with behind(house, {About.SCHEDULING: [house.ada.pk]}):
        seen = {table: select(f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}
        assert {table: number for table, number in seen.items() if number} == {}
        ahead = select(
            "SELECT DISTINCT patient_id FROM rejoin_shown_ahead(%s, %s)", [START, START + timedelta(days=9)]
        )
        assert ahead == [(house.ada.pk,)]
        assert select("SELECT * FROM rejoin_shown_came(%s, %s)", [START - timedelta(days=9), START]) == []
        assert [row[0] for row in select("SELECT * FROM rejoin_shown_patients()")] == [house.ada.pk]
    with behind(house, {}):
        assert select("SELECT * FROM rejoin_shown_patients()") == []


def behind(house: House, shown: Any) -> Any:
    return seen_by_family(Relative.objects.get().pk, shown)


def every_address(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Path, with its converters, and pattern."""
    for each in (resolver or get_resolver()).url_patterns:
        path = f"{before or '/'}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from every_address(each, path)
        else:
            yield path, each


def is_stream(pattern: URLPattern) -> bool:
    """Those are walked in test_console_live.py and test_visits_live.py."""
    return iscoroutinefunction(pattern.callback) or str(pattern.pattern).endswith(("events", "live"))


FOR_ALL = (
    *("/me/worker.js", "/me/app.webmanifest", "/me/offline", "/calendar/"),
    "/account/",
    "/health",
    "/openapi.json",
    "/family/",
    "/static/",
    "/language",
    "/hooks",
    "/webhooks",
)


def test_every_address_that_is_not_a_familys_is_not_there_for_a_family() -> None:
    house = House(*ABOUT)
    client = house.signs_in()
    wrong = []
    for pattern, each in every_address():
        path = re.sub(r"<uuid:\w+>", str(house.ada.ref), str(pattern))
        path = re.sub(r"<int:\w+>", "1", path)
        path = re.sub(r"<(?:\w+:)?\w+>", "evening", path)
        if "^" in path or path == "/" or path.startswith(FOR_ALL) or is_stream(each):
            continue
        for ask in (client.get, client.post):
            status = ask(path).status_code
            if status != 404:
                wrong.append((ask.__name__, path, status))
    assert wrong == []


def test_nobody_else_finds_a_familys_pages() -> None:
    house = House(*ABOUT)
    house.signs_in()
    for client in (patient_client_of(house.ada), patient_client_of(house.eve), client_of(house.scene.ben)):
        for path in ("/family/", house.page):
            assert client.get(path).status_code == 404
        assert client.post("/family/mine", {"language": "es"}).status_code == 404


def test_she_says_in_which_language_and_zone_she_is_told() -> None:
    house = House("scheduling")
    client = house.signs_in()
    assert client.post("/family/mine", {"language": "es"}).status_code == 303
    assert client.post("/family/mine", {"timezone": "America/Denver"}).status_code == 303
    page = told(client, house.page)
    assert "En una emergencia" in page
    assert 'lang="es"' in client.get("/nothing-is-here").content.decode()
    assert Relative.objects.get().timezone == "America/Denver"
    for wrong in ({"language": "xx"}, {"timezone": "Mars/Olympus"}):
        assert client.post("/family/mine", wrong).status_code == 404
