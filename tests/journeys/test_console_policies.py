"""A director's desk: a policy read, written and tried on history; records brought in and taken out."""

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from rejoin.common import clock
from rejoin.longwork.models import Work
from rejoin.longwork.running import run_next
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import PolicyVersion
from tests.apps.scene import START, Scene, minutes
from tests.builders.folder import FolderBuilder
from tests.journeys.looking import DESK, DESK_AT_200_PERCENT, PHONE, Size, find_nothing_wrong
from tests.journeys.serving import SignedIn

pytestmark = [pytest.mark.journey, pytest.mark.enable_socket]
TEN_DAYS = minutes(10 * 24 * 60)
SIZES = [None, PHONE, DESK_AT_200_PERCENT]


def a_history(scene: Scene) -> Staff:
    """Ada missed two evenings, bea came to both. Dora directs the program."""
    ada, bea = scene.admit("ada"), scene.admit("bea", phone="+15550101")
    for day in range(2):
        start = START + minutes(day * 24 * 60)
        session = scene.session(ada, bea, starts_at=start)
        scene.watched(session, (bea, start, start + minutes(170)))
        scene.run(start + minutes(300))
    clock.simulate(shown_at=START + TEN_DAYS, rate=0)
    return scene.hire("dora", "director")


def opened(signed_in: SignedIn, person: Staff, size: Size | None = None) -> Page:
    return signed_in(person, size=size or DESK)


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_a_director_can_be_read_by_everybody(signed_in: SignedIn, size: Size | None) -> None:
    page = opened(signed_in, a_history(Scene()), size)
    for address in (
        "/policies/",
        "/policies/evening/",
        "/policies/evening/3/",
        "/policies/evening/new",
        "/policies/evening/replay",
        "/long-work/",
        "/long-work/import",
        "/long-work/export",
    ):
        page.goto(address)
        find_nothing_wrong(page)


def test_a_version_is_written_put_right_and_published(signed_in: SignedIn) -> None:
    page = opened(signed_in, a_history(Scene()))
    page.goto("/policies/evening/")
    page.keyboard.press("n")
    page.wait_for_url("**/new")
    text = page.get_by_label("The policy")
    right = text.input_value()
    assert "version: 4" in right
    text.fill(right.replace("grace: PT5M", "grace: soon"))
    page.get_by_label("In force from").fill("2026-11-01")
    page.get_by_role("button", name="Publish").click()
    summary = page.get_by_role("alert").filter(has_text="cannot be published")
    expect(summary).to_be_focused()
    find_nothing_wrong(page)
    summary.get_by_role("link").first.click()
    expect(page.locator("#D16")).to_be_in_viewport()
    assert "presence.grace: must be" in page.locator("#D16").inner_text()
    assert "grace: soon" in text.input_value()
    text.fill(right.replace("deadline: PT45M", "deadline: PT10M"))
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("its deadline passes before it is due").first.wait_for()
    find_nothing_wrong(page)
    text.fill(right)
    page.get_by_role("button", name="Look it over").click()
    page.get_by_text("It is not published yet").wait_for()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Version 4 is published").wait_for()
    published = PolicyVersion.objects.get(version=4)
    assert "from: 2026-11-01" in published.text


def test_a_policy_is_tried_on_history_and_followed_to_its_end(signed_in: SignedIn) -> None:
    page = opened(signed_in, a_history(Scene()))
    page.goto("/policies/evening/new")
    text = page.get_by_label("The policy")
    text.fill(
        text.input_value()
        .replace("credit: {minutes: 180}", "credit: {minutes: 160}")
        .replace("early_leave: PT15M", "early_leave: PT1H")
    )
    page.get_by_role("button", name="Try it on history").click()
    page.wait_for_url("**/replay")
    page.get_by_label("From", exact=True).fill("2026-10-01")
    page.get_by_label("To, that day included").fill("2026-10-12")
    page.get_by_role("button", name="Try it", exact=True).click()
    page.wait_for_url("**/long-work/*-*/")
    find_nothing_wrong(page)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    assert run_next()
    page.get_by_role("heading", name="What is otherwise").wait_for()
    assert page.get_by_text("bea", exact=True).is_visible()
    page.get_by_text("bea", exact=True).click()
    find_nothing_wrong(page)


def archive(body: bytes) -> FilePayload:
    return {"name": "week.zip", "mimeType": "application/zip", "buffer": body}


def zipped(path: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for each in sorted(path.rglob("*")):
            archive.write(each, each.relative_to(path.parent).as_posix())
    return packed.getvalue()


def a_folder(path: Path, **roster: str) -> FolderBuilder:
    folder = FolderBuilder(path, policy="a")
    folder.patient("P1", name="Mara", **{"from": "2026-09-01", **roster})
    folder.session("S9", "2026-10-21T18:00", "2026-10-21T21:15", facilitator="Noor")
    return folder


def test_a_folder_larger_than_any_other_request_is_brought_in_without_scripts(
    signed_in: SignedIn, tmp_path: Path
) -> None:
    dora = a_history(Scene())
    page = signed_in(dora, scripts=False)
    a_folder(tmp_path / "week", phone="nonsense").write()
    (tmp_path / "week" / "notes.yaml").write_bytes(b"# " + b"x" * 3_000_000)
    page.goto("/long-work/import")
    page.get_by_label("The folder").set_input_files([archive(zipped(tmp_path / "week"))])
    page.get_by_role("button", name="Bring it in").click()
    page.wait_for_url("**/long-work/*-*/")
    assert run_next()
    page.get_by_text("There is one problem").wait_for()
    a_folder(tmp_path / "again").write()
    page.goto("/long-work/import")
    page.get_by_label("The folder").set_input_files([archive(zipped(tmp_path / "again"))])
    page.get_by_role("button", name="Bring it in").click()
    page.wait_for_url("**/long-work/*-*/")
    assert run_next()
    page.get_by_role("heading", name="What was brought in").wait_for()
    assert Patient.objects.filter(external_id="P1").exists()


def test_records_are_taken_out_by_whoever_asked(signed_in: SignedIn) -> None:
    page = opened(signed_in, a_history(Scene()))
    page.goto("/long-work/")
    page.keyboard.press("o")
    page.wait_for_url("**/export")
    page.get_by_role("button", name="Take it out").click()
    page.wait_for_url("**/long-work/*-*/")
    assert run_next()
    page.get_by_role("link", name="The archive").wait_for()
    find_nothing_wrong(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="The archive").click()
    names = zipfile.ZipFile(taken.value.path()).namelist()
    assert {"roster.csv", "sessions.csv", "policy.yaml"} <= set(names)


def test_what_is_stopped_never_begins(signed_in: SignedIn) -> None:
    page = opened(signed_in, a_history(Scene()))
    page.goto("/long-work/export")
    page.get_by_role("button", name="Take it out").click()
    page.wait_for_url("**/long-work/*-*/")
    page.get_by_role("button", name="Stop it").click()
    page.get_by_text("dora of evening asked for it to be stopped").wait_for()
    find_nothing_wrong(page)
    assert run_next()
    assert Work.objects.get().state == "stopped"
    page.goto("/long-work/")
    find_nothing_wrong(page)
