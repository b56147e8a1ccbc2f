"""What stands around every page: only where she may go, and what waits there."""

import dataclasses
from datetime import timedelta

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.template import engines
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse

from rejoin.common import clock
from rejoin.common.seeing import seen_by_staff
from rejoin.console.door import asking_of
from rejoin.console.frame import PLACES, Frame, _known_overdue
from rejoin.followup.models import Task
from rejoin.people.models import Staff
from rejoin.programs.rights import RIGHTS
from rejoin.programs.vocabulary import Role
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESSES = [place for _, places in PLACES for _, place in places]


def frame_of(staff: Staff, address: str = "/today/") -> Frame:
    """As a page of hers has it; asked for everything, inside the door."""
    request = RequestFactory().get(address)
    with seen_by_staff(staff.pk):
        request.asking = asking_of(staff, START + timedelta(hours=5))  # type: ignore[attr-defined]
        frame = Frame(request)
        assert frame.places is not None
    return frame


def names_in(frame: Frame) -> list[str]:
    return [place.name for group in frame.places for place in group.places]


def counts_in(frame: Frame) -> dict[str, tuple[int, str]]:
    return {p.name: (p.count, p.counted) for group in frame.places for p in group.places if p.count}


@pytest.mark.parametrize("role", sorted(RIGHTS))
def test_the_navigation_shows_exactly_the_pages_that_would_open(role: Role) -> None:
    ben = Scene().ben
    needs = {place: resolve(reverse(f"console:{place}")).func.needs for place in ADDRESSES}  # type: ignore[attr-defined]
    opens = [place for place in ADDRESSES if not needs[place] or RIGHTS[role] & set(needs[place])]
    request = RequestFactory().get("/today/")
    with seen_by_staff(ben.pk):
        asking = asking_of(ben, START)
        held = {program.pk: RIGHTS[role] for program in asking.programs}
        request.asking = dataclasses.replace(asking, rights=held)  # type: ignore[attr-defined]
        shown = [place.href for group in Frame(request).places for place in group.places]
    assert shown == [reverse(f"console:{place}") for place in opens]


def test_the_place_she_is_at_is_marked() -> None:
    frame = frame_of(Scene().coordinator, "/worklist/?sort=due")
    assert [p.name for group in frame.places for p in group.places if p.current] == ["Worklist"]


def test_what_waits_for_her_stands_beside_its_place_and_what_is_late_says_so() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(30))
    due = {"program": scene.program, "by": "staff:1", "at": START, "words": "Ask for the address."}
    Task.objects.create(**due, owner=scene.coordinator, due_at=START + timedelta(days=1))
    assert counts_in(frame_of(scene.coordinator))["Tasks"] == (1, "open")
    Task.objects.create(**due, owner=scene.coordinator, due_at=START)
    assert counts_in(frame_of(scene.coordinator))["Tasks"] == (1, "overdue")
    assert counts_in(frame_of(scene.supervisor))["Overdue"][1] == "overdue"
    assert "Tasks" not in counts_in(frame_of(scene.ben))


def test_counts_cost_one_query_and_one_more_for_whoever_answers_for_others() -> None:
    scene = Scene()
    for staff, most in ((scene.coordinator, 1), (scene.supervisor, 2)):
        request = RequestFactory().get("/today/")
        with seen_by_staff(staff.pk):
            request.asking = asking_of(staff, START)  # type: ignore[attr-defined]
            frame = Frame(request)
            with CaptureQueriesContext(connection) as asked:
                assert frame.places
                assert frame.rate == 0
                assert frame.places
        assert len(asked) == most


def test_what_is_overdue_holds_for_some_seconds_of_real_time() -> None:
    scene = Scene()
    clock.run_on_real_time()
    task = {"program": scene.program, "by": "staff:1", "at": START, "words": "Ask for the address."}

    def overdue() -> int:
        request = RequestFactory().get("/today/")
        with seen_by_staff(scene.supervisor.pk):
            request.asking = asking_of(scene.supervisor, clock.now())  # type: ignore[attr-defined]
            return counts_in(Frame(request)).get("Overdue", (0, ""))[0]

    known = overdue()
    Task.objects.create(**task, owner=scene.coordinator, due_at=START - timedelta(days=900))
    assert overdue() == known
    _known_overdue.clear()
    assert overdue() == known + 1
    _known_overdue.clear()


def test_a_program_is_chosen_by_the_address_and_only_one_of_hers() -> None:
    scene, other = Scene(), Scene(slug="morning")
    assert frame_of(scene.ben, "/today/?program=evening").program == scene.program
    assert frame_of(scene.ben, f"/today/?program={other.program.slug}").program is None
    assert frame_of(scene.ben, "/today/?program=nothing").program is None
    shown = frame_of(scene.ben, "/today/?program=evening").places[0].places[0].href
    assert shown == "/today/?program=evening"


def test_times_are_told_where_her_program_is() -> None:
    assert str(frame_of(Scene().ben).zone) == "America/New_York"


def test_where_nobody_asks_there_is_nothing_of_the_program() -> None:
    frame = Frame(RequestFactory().get("/nowhere/"))
    assert frame.places == []
    assert frame.programs == ()
    assert frame.program is None
    assert frame.zone is None
    assert frame.rate == 1
    assert frame.now.tzinfo is not None


def test_the_page_says_who_is_signed_in_and_how_to_leave() -> None:
    scene = Scene()
    page = client_of(scene.coordinator).get("/design/").content.decode()
    assert scene.coordinator.name in page
    assert f'action="{reverse("account_logout")}"' in page
    assert 'href="tel:988"' in page
    assert "Demonstration" not in page


def test_a_demonstration_says_so(settings: pytest.FixtureRequest) -> None:
    settings.DEMONSTRATION = True  # type: ignore[attr-defined]
    page = client_of(Scene().coordinator).get("/design/").content.decode()
    assert "Demonstration: everything here is invented" in page


def test_missing_and_forbidden_are_the_same_page() -> None:
    scene = Scene()
    client = client_of(scene.coordinator)
    missing, forbidden = client.get("/nowhere/"), client.get("/access/")
    assert missing.status_code == forbidden.status_code == 404
    assert missing.content == forbidden.content
    assert b"There is nothing here for you" in missing.content


def test_a_message_is_told_to_whoever_reads_and_kept_from_a_page_that_looks_again() -> None:
    def show(**headers: str) -> str:
        request = RequestFactory().get("/today/", headers=headers)
        request.session = {}  # type: ignore[assignment]
        request._messages = FallbackStorage(request)  # type: ignore[attr-defined] # noqa: SLF001 - as the middleware does
        messages.error(request, "The case was closed.")
        template = engines["django"].get_template("layouts/_messages.html")
        shown: str = template.render(
            {"frame": Frame(request), "messages": messages.get_messages(request)}, request
        )
        return shown

    assert (
        '<div class="banner is-danger" role="alert"><strong>Not done.</strong> The case was closed.</div>'
        in show()
    )
    assert "closed" not in show(**{"X-Looks-Again": "yes"})
