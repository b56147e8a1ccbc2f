"""Publishing a policy, and which version is in force on a day."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rejoin.audit.models import Event
from rejoin.common.actors import COMMAND, ENGINE, staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.policies.loading import SHIPPED, PolicyFileError, book_from_texts, load_book, split_documents
from rejoin.programs.actions import publish_policy
from rejoin.programs.books import book_of, books_of
from rejoin.programs.models import PolicyVersion, Program
from tests.apps.town import DAY, EVENING, HOUR, NOW, WHO, a_group, a_patient, a_program, a_session
from tests.journeys.serving import empty_database

pytestmark = pytest.mark.django_db
A = (SHIPPED / "a-sud-commercial-evening.yaml").read_text()
C = (SHIPPED / "c-adolescent-mh-virtual.yaml").read_text()
TODAY = date(2026, 10, 5)


def version(number: int, *, text: str = A, **lines: str) -> str:
    """Policy A under another number, with lines of it replaced."""
    text = text.replace("version: 3", f"version: {number}")
    for old, new in lines.items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def program() -> Program:
    return a_program()


def test_a_policy_is_published_with_all_that_it_needs(program: Program) -> None:
    text = A + "overlays: [court.yaml]\n"
    published = publish_policy(program=program, text=text, **WHO)
    assert (published.version, published.text, published.by) == (3, text, str(COMMAND))
    assert published.effective.lower == date(2026, 1, 1)
    assert published.effective.upper is None
    assert published.overlays == {"court.yaml": (SHIPPED / "court.yaml").read_text()}
    assert published.opens_on == ["missed", "not_admissible", "not_admitted"]
    assert Event.objects.filter(verb="programs.publish_policy", program_ref=program.pk).count() == 1


def test_a_text_of_ones_own_stands_for_an_overlay(program: Program) -> None:
    own = "id: own\nversion: 1\nhours: {min_per_week: 12}\n"
    published = publish_policy(
        program=program, text=A + "overlays: [own.yaml]\n", overlays={"own.yaml": own}, **WHO
    )
    assert published.overlays == {"own.yaml": own}
    assert book_of(program.pk).in_force(TODAY).hours.min_per_week == 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "document: is empty"),
        ("id: [", "yaml: "),
        (A.replace("grace: PT5M", "grace: soon"), r"policy\.yaml:16: presence\.grace"),
        (A + "overlays: [nowhere.yaml]\n", "neither beside the policy nor shipped"),
        (A + "\n---\n" + A, "one version"),
        (A.replace("America/New_York", "America/Chicago"), "is for America/Chicago"),
    ],
)
def test_a_text_that_is_no_policy_of_this_program_is_refused(program: Program, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        publish_policy(program=program, text=text, **WHO)
    assert not PolicyVersion.objects.exists()


def test_a_version_is_published_once_and_stays_the_same_policy(program: Program) -> None:
    publish_policy(program=program, text=A, **WHO)
    with pytest.raises(Refusal, match="already published"):
        publish_policy(program=program, text=A, **WHO)
    with pytest.raises(Refusal, match="id: differs"):
        publish_policy(program=program, text=version(4, **{"id: sud-commercial-evening": "id: other"}), **WHO)


UNREACHABLE = {"deadline: PT45M": "deadline: PT10M"}


def test_a_policy_that_cannot_do_what_it_says_does_not_take_effect(program: Program) -> None:
    with pytest.raises(
        Refusal, match=r"outreach\.standard\.tech: its deadline passes .* \[unreachable_step\]"
    ):
        publish_policy(program=program, text=version(4, **UNREACHABLE), **WHO)
    assert not PolicyVersion.objects.exists()


def test_whoever_publishes_may_answer_for_a_finding_by_name(program: Program) -> None:
    asked = {"program": program, "text": version(4, **UNREACHABLE), "accept": ["unreachable_step"], "at": NOW}
    with pytest.raises(Refusal, match="Only a person"):
        publish_policy(**asked, by=ENGINE)  # type: ignore[arg-type]
    published = publish_policy(**asked, by=staff_actor(7))  # type: ignore[arg-type]
    event = Event.objects.get(verb="programs.accept_finding")
    assert (event.by, event.subject, event.reason) == (
        "staff:7",
        f"policy:{published.pk}",
        "unreachable_step",
    )


def test_answering_for_one_finding_answers_for_no_other(program: Program) -> None:
    with pytest.raises(Refusal, match="unreachable_step"):
        publish_policy(program=program, text=version(4, **UNREACHABLE), accept=["zero_slack"], **WHO)


def test_the_sessions_to_come_are_looked_at_under_the_policy(program: Program) -> None:
    blue = a_group(program)
    a_session(program, "S1", group_id=blue.pk, length=3 * HOUR)
    with pytest.raises(Refusal, match=r"S1: slack of 0 min .* \[zero_slack\]"):
        publish_policy(program=program, text=A, **WHO)
    publish_policy(program=program, text=A, accept=["zero_slack"], **WHO)


def test_sessions_before_a_policy_takes_effect_say_nothing_of_it(program: Program) -> None:
    blue = a_group(program)
    a_session(program, "S1", group_id=blue.pk, length=3 * HOUR)
    later = version(4, **{"from: 2026-01-01": "from: 2026-10-06"})
    assert publish_policy(program=program, text=later, **WHO).effective.lower == TODAY + DAY


def test_the_book_says_what_is_in_force_on_a_day_and_which_version_that_is(program: Program) -> None:
    first = publish_policy(program=program, text=A, **WHO)
    second = publish_policy(
        program=program,
        text=version(4, **{"from: 2026-01-01": "from: 2026-10-06", "grace: PT5M": "grace: PT7M"}),
        **WHO,
    )
    book = book_of(program.pk)
    old, new = book.in_force(TODAY), book.in_force(TODAY + DAY)
    assert (old.version, new.version) == (3, 4)
    assert (book.version_id(old), book.version_id(new)) == (first.pk, second.pk)
    assert book.timezone.key == "America/New_York"
    assert book.in_force(TODAY) is old


def test_an_overlay_laid_over_a_version_is_still_of_that_version(program: Program) -> None:
    published = publish_policy(program=program, text=A + "overlays: [court.yaml]\n", **WHO)
    book = book_of(program.pk)
    assert book.version_id(book.in_force(TODAY)) == published.pk


def test_books_are_read_once_and_again_when_a_version_is_published(program: Program) -> None:
    other = a_program("morning")
    for each in (program, other):
        publish_policy(program=each, text=A, **WHO)
    books = books_of([program.pk, other.pk])
    with CaptureQueriesContext(connection) as queries:
        again = books_of([program.pk, other.pk])
    assert len(queries) == 1
    assert again == books
    assert again[program.pk] is books[program.pk]
    publish_policy(program=program, text=version(4), **WHO)
    renewed = books_of([program.pk, other.pk])
    assert renewed[program.pk] is not books[program.pk]
    assert renewed[other.pk] is books[other.pk]


def test_a_program_without_a_policy_has_no_book(program: Program) -> None:
    assert books_of([program.pk]) == {}
    with pytest.raises(Refusal, match="no policy yet"):
        book_of(program.pk)


def test_a_book_from_texts_is_the_book_of_the_file() -> None:
    assert (
        book_from_texts([(A, {})]).versions
        == load_book(SHIPPED / "a-sud-commercial-evening.yaml", name="p").versions
    )


def test_a_file_is_split_into_its_documents_word_for_word() -> None:
    text = f"%YAML 1.2\n---\n# ours\n{A}--- # the next\n{version(4)}...\n"
    first, second = split_documents(text)
    assert "# ours" in first
    assert [each.version for each, _ in book_from_texts([(first, {}), (second, {})]).versions] == [3, 4]
    assert split_documents("# nothing\n---\n\n") == []


def test_versions_that_do_not_belong_together_are_no_book() -> None:
    other_zone = version(4, **{"America/New_York": "America/Chicago"})
    with pytest.raises(PolicyFileError, match="one program has one zone"):
        book_from_texts([(A, {}), (other_zone, {})])


def test_everybody_is_told_of_a_session_only_once_whatever_overlays_do(program: Program) -> None:
    blue, ada = a_group(program), a_patient()
    a_session(program, "S1", group_id=blue.pk, starts_at=EVENING, patients=[ada], length=3 * HOUR)
    with pytest.raises(Refusal) as refused:
        publish_policy(program=program, text=A + "overlays: [court.yaml]\n", **WHO)
    assert refused.value.message.count("zero_slack") == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_put_back_gives_its_keys_out_again_and_no_old_policy_is_taken_for_the_new() -> None:
    read = []
    for text in (A, C):
        empty_database()
        program = a_program()
        published = publish_policy(program=program, text=text, **WHO)
        policy = book_of(program.pk).in_force(TODAY)
        read.append((program.pk, published.pk, len(policy.requirements)))
    assert read == [(1, 1, 0), (1, 1, 1)]
