"""What counts attempts: shared by every process, forgotten by none before its time."""

import pytest

from rejoin.accounts.counting import CountedInDatabase
from rejoin.accounts.models import SignInLink, User
from rejoin.common.refusals import refusing
from rejoin.common.rows import execute, select
from rejoin.domain.kernel import Refusal
from tests.apps.scene import START

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted() -> CountedInDatabase:
    return CountedInDatabase("", {})


def expire(key: str) -> None:
    execute(
        "UPDATE accounts_counted SET expires_at = clock_timestamp() - interval '1 s' WHERE key = %s", [key]
    )


def test_a_count_is_read_back_and_by_every_other_process_too(counted: CountedInDatabase) -> None:
    counted.set("a", [1.5, 2.5], 60)
    assert CountedInDatabase("", {}).get("a") == [1.5, 2.5]
    assert counted.get("b", "nothing") == "nothing"


def test_of_those_who_add_the_same_one_is_told_that_she_was_first(counted: CountedInDatabase) -> None:
    assert [counted.add("a", "y", 60) for _ in range(3)] == [True, False, False]
    expire(":1:a")
    assert counted.add("a", "y", 60)


def test_what_has_expired_is_gone_and_is_swept_away(counted: CountedInDatabase) -> None:
    for number in range(30):
        counted.set(f"old-{number}", 1, 60)
        expire(f":1:old-{number}")
    assert counted.get("old-1") is None
    counted.set("new", 1, 60)
    counted.set("newer", 1, 60)
    assert select("SELECT count(*) FROM accounts_counted") == [(2,)]


def test_however_many_there_are_none_is_forgotten_before_its_time(counted: CountedInDatabase) -> None:
    counted.set("first", 1, 60)
    execute(
        "INSERT INTO accounts_counted SELECT 'noise-' || n, '1', clock_timestamp() + interval '1 h' "
        "FROM generate_series(1, 5000) AS n"
    )
    counted.set("last", 1, 60)
    assert counted.get("first") == 1


def test_a_count_can_be_kept_longer_taken_back_and_all_of_them_cleared(counted: CountedInDatabase) -> None:
    assert not counted.touch("a", 60)
    counted.set("a", 1, 60)
    counted.set("b", 1, None)
    assert counted.touch("a", 600)
    assert counted.delete("a")
    assert not counted.delete("a")
    expire(":1:a")
    assert counted.get("b") == 1
    counted.clear()
    assert counted.get("b") is None


def test_the_webs_role_comes_to_none_of_what_signing_in_needs() -> None:
    for table in ("accounts_signinlink", "accounts_counted", "mfa_authenticator", "usersessions_usersession"):
        ((may,),) = select("SELECT has_table_privilege('rejoin_web', %s, 'SELECT')", [table])
        assert not may, table


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("link_purpose_is_known", {"purpose": "amusement"}),
        ("link_is_used_before_it_expires", {"used_at": START}),
    ],
)
def test_a_link_that_breaks_a_rule_is_refused_with_a_sentence(code: str, columns: dict[str, object]) -> None:
    user = User.objects.create(email="ben@example.org")
    given = {"digest": "d", "purpose": "invitation", "user": user, "made_at": START, "expires_at": START}
    with pytest.raises(Refusal) as refused, refusing():
        SignInLink.objects.create(**{**given, **columns})
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("code", "email"),
    [
        ("account_address_is_in_lower_case", "Ben@example.org"),
        ("accounts_user_email_key", "cleo@example.org"),
    ],
)
def test_an_address_that_breaks_a_rule_is_refused_with_a_sentence(code: str, email: str) -> None:
    User.objects.create(email="cleo@example.org")
    with pytest.raises(Refusal) as refused, refusing():
        User.objects.create(email=email)
    assert refused.value.code == code
