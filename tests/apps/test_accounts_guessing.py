"""Whoever guesses: how often, what the answers tell, and where a link may lead."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import DjangoAssertNumQueries

from rejoin.accounts.adapters import NO_MATCH, TOO_MANY
from rejoin.accounts.models import User
from rejoin.audit.models import Event
from rejoin.common.rows import execute, select
from tests.apps.scene import Scene
from tests.apps.signing import PASSWORD, account_of, codes_of, enter_password, set_up_app

pytestmark = pytest.mark.django_db
NOBODY = User(email="nobody@example.org")


@pytest.fixture
def user() -> User:
    return account_of(Scene().ben, password=PASSWORD)


def forget_minutes() -> None:
    """As if minutes had passed, and no day: what allauth counts is gone."""
    execute("DELETE FROM accounts_counted WHERE key LIKE '%%login_failed%%'")


def body_of(answer: Any, user: User) -> str:
    """A page without what differs each time, and without the address that was entered."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return html.replace(user.email, "ADDRESS")


def test_the_sixth_password_is_not_even_looked_at(user: User) -> None:
    for _ in range(5):
        assert NO_MATCH in enter_password(user, "wrong")[1].content.decode()
    _, answer = enter_password(user, PASSWORD)
    assert TOO_MANY in answer.content.decode()
    assert select("SELECT count(*) > 0 FROM accounts_counted WHERE key LIKE '%%login_failed%%'") == [(True,)]
    forget_minutes()
    assert enter_password(user, PASSWORD)[1].status_code == 302


def test_whoever_asks_by_another_port_or_name_is_counted_all_the_same(user: User) -> None:
    for port in range(5):
        wrong = {"login": user.email.upper(), "password": "wrong"}
        Client(headers={"host": f"testserver:{port + 1}"}).post(reverse("account_login"), wrong)
    assert TOO_MANY in enter_password(user, PASSWORD)[1].content.decode()


def test_one_machine_tries_ten_passwords_a_minute_whoever_they_are_for(user: User) -> None:
    for number in range(10):
        enter_password(User(email=f"somebody-{number}@example.org"), "wrong")
    assert TOO_MANY in enter_password(user, PASSWORD)[1].content.decode()


def test_a_right_password_between_wrong_ones_forgives_none_of_them(user: User) -> None:
    for _ in range(4):
        enter_password(user, "wrong")
    assert enter_password(user, PASSWORD)[1].status_code == 302
    enter_password(user, "wrong")
    assert TOO_MANY in enter_password(user, PASSWORD)[1].content.decode()


def test_the_sixth_code_is_not_even_looked_at(user: User) -> None:
    secret = set_up_app(user)
    client, _ = enter_password(user)
    for _ in range(5):
        client.post(reverse("mfa_authenticate"), {"code": "not it"})
    answer = client.post(reverse("mfa_authenticate"), {"code": codes_of(secret)[1]})
    assert TOO_MANY in answer.content.decode()


def test_however_slowly_somebody_tries_twenty_codes_are_a_days(user: User) -> None:
    secret = set_up_app(user)
    client, _ = enter_password(user)
    for _ in range(20):
        client.post(reverse("mfa_authenticate"), {"code": "not it"})
        forget_minutes()
    answer = client.post(reverse("mfa_authenticate"), {"code": codes_of(secret)[1]})
    assert TOO_MANY in answer.content.decode()


def test_a_right_code_ends_the_days_count(user: User) -> None:
    secret = set_up_app(user)
    for _ in range(2):
        client, _ = enter_password(user)
        for _ in range(15):
            client.post(reverse("mfa_authenticate"), {"code": "not it"})
            forget_minutes()
        code = codes_of(secret).pop(0)
        execute("DELETE FROM accounts_counted WHERE key LIKE '%%totp.used%%'")
        assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302


def closed(user: User) -> tuple[User, str]:
    User.objects.filter(pk=user.pk).update(is_active=False)
    return user, PASSWORD


def never_taken_up(user: User) -> tuple[User, str]:
    user.set_unusable_password()
    user.save()
    return user, PASSWORD


CASES: dict[str, Callable[[User], tuple[User, str]]] = {
    "a wrong password": lambda user: (user, "wrong"),
    "a closed account and its right password": closed,
    "an invitation that was never taken up": never_taken_up,
}


@pytest.mark.parametrize("case", CASES)
def test_signing_in_tells_nobody_whether_there_is_an_account(
    case: str, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    _, unknown = enter_password(NOBODY, "wrong")
    took, known = len(hashed), enter_password(*CASES[case](user))[1]
    assert (known.status_code, body_of(known, user)) == (unknown.status_code, body_of(unknown, NOBODY))
    assert known.headers.keys() == unknown.headers.keys()
    assert len(hashed) == 2 * took == 2


def test_asking_for_a_new_password_tells_nobody_either(user: User) -> None:
    answers = []
    for each in (user, NOBODY):
        client = Client()
        answer = client.post(reverse("account_reset_password"), {"email": each.email})
        answers.append(
            (answer.status_code, answer["Location"], body_of(client.get(answer["Location"]), each))
        )
    assert answers[0] == answers[1]
    jobs = ProcrastinateJob.objects.order_by("id").values_list("args", flat=True)
    assert list(jobs) == [{"letter": "reset", "user_id": user.pk}, {"letter": "reset", "user_id": None}]


def test_a_wrong_password_costs_as_many_questions_for_nobody_as_for_somebody(
    user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    counts = []
    for each in (user, NOBODY):
        with django_assert_max_num_queries(60) as asked:
            enter_password(each, "wrong")
        counts.append(len(asked.captured_queries))
    assert abs(counts[0] - counts[1]) <= 1


def test_a_failure_is_in_the_trail_without_the_address(user: User) -> None:
    enter_password(user, "wrong")
    enter_password(NOBODY, "wrong")
    failed = Event.objects.filter(verb="accounts.fail_to_sign_in").order_by("pk")
    assert [(each.subject, each.by, each.reason) for each in failed] == [
        (f"account:{user.pk}", "system:sign-in", "password"),
        ("account:unknown", "system:sign-in", "password"),
    ]


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "http://localhost:9/",
        "http://testserver/today/",
        "javascript:alert(1)",
        " //evil.example",
        "/\t/evil.example",
    ],
)
def test_signing_in_leads_to_no_other_place(elsewhere: str, user: User) -> None:
    client, answer = enter_password(user, next=elsewhere)
    assert answer["Location"] == reverse("console:home")
    assert client.get(reverse("account_login"), {"next": elsewhere})["Location"] == reverse("console:home")


def test_signing_in_leads_to_where_she_wanted_to_go(user: User) -> None:
    assert enter_password(user, next="/worklist/?q=late")[1]["Location"] == "/worklist/?q=late"


@pytest.mark.parametrize(
    "path", ["/account/signup/", "/account/email/", "/account/login/code/", "/account/3rdparty/"]
)
def test_what_allauth_could_do_beside_is_not_there(path: str) -> None:
    assert Client().get(path).status_code == 404
