"""A session that runs now, with people to come to it. The engine goes by the real clock, and so does everything here."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page

from rejoin.common import clock
from rejoin.common.models import Heartbeat
from rejoin.people.models import Patient
from rejoin.programs.models import Program, Seat, Session
from rejoin.rooms.ear import ENGINE_HEARD
from rejoin.rooms.models import HostedRoom
from rejoin.visits.actions import admit
from rejoin.visits.links import join_path
from rejoin.visits.models import Visit
from tests.apps.processes import wait_until
from tests.apps.rooms_scene import spans
from tests.apps.scene import LETTERS, Scene

STATE = """() => ({
  part: document.getElementById("room").dataset.part,
  line: document.getElementById("room-line").textContent,
  told: [...document.querySelectorAll("#room-told p")].map((one) => one.textContent),
  tiles: Object.fromEntries([...document.querySelectorAll(".tile")].map((tile) => [
    tile.querySelector("[data-name]").textContent,
    {
      picture: tile.classList.contains("has-picture"),
      width: tile.querySelector("video").videoWidth,
      at: tile.querySelector("video").currentTime,
      frames: tile.querySelector("video").getVideoPlaybackQuality().totalVideoFrames,
      sound: tile.querySelector("audio").currentTime,
    },
  ])),
})"""


def now() -> datetime:
    return datetime.now(UTC)


class Evening(Scene):
    """One session, which began some minutes ago; it is noon where everybody is, whatever the hour: no hour is quiet."""

    def __init__(self, folder: Path, *, began: timedelta) -> None:
        west = now().hour - 12  # POSIX has its signs the other way round
        self.zone = f"Etc/GMT{west:+d}" if west else "Etc/GMT"
        policy = folder / "noon.yaml"
        policy.write_text(LETTERS["a"].read_text().replace("America/New_York", self.zone))
        LETTERS["noon"] = policy
        super().__init__("noon")
        clock.run_on_real_time()
        Program.objects.update(timezone=self.zone)
        self.began = now() - began
        self.running: Session

    def expect(self, *names: str) -> list[Patient]:
        """The session, with these in its seats. Each has a number of her own."""
        patients = [
            self.admit(name, phone=f"+1555010{number}", timezone=self.zone)
            for number, name in enumerate(names, 10)
        ]
        self.running = self.session(*patients, starts_at=self.began, seats_max=None)
        return patients

    def wait_for_room(self) -> None:
        """A worker makes it, the engine was asked who is in, and has dialled the ear: from here on nothing that it
        tells is in its memory alone."""
        wait_until(lambda: HostedRoom.objects.filter(engine_seen_at__isnull=False).exists())
        wait_until(lambda: Heartbeat.objects.filter(part=ENGINE_HEARD).exists())

    def link(self, patient: Patient) -> str:
        return join_path(self.seat(patient), by=self.as_ben(), at=now())

    def seat(self, patient: Patient) -> Seat:
        return Seat.objects.get(session=self.running, patient=patient)

    def visit(self, patient: Patient) -> Visit:
        return Visit.objects.get(seat__patient=patient)

    def let_in(self, *patients: Patient) -> None:
        """As ben does it from his board."""
        for patient in patients:
            admit(visit=self.visit(patient), by=self.as_ben(), at=now())

    def seen(self, patient: Patient) -> Sequence[tuple[datetime | None, datetime | None]]:
        return spans(self.running, patient)


def check_in(page: Page, link: str, name: str) -> None:
    """She says where she is, and waits."""
    page.goto(link)
    page.get_by_role("group", name="Are you driving").get_by_label("No").check()
    page.get_by_label("Where are you right now?").fill("12 Main Street, Albany")
    page.get_by_label("State").select_option("NY")
    page.get_by_label("A number we reach you at").fill("212-555-0147")
    page.get_by_role("group", name="Are you somewhere private").get_by_label("Yes").check()
    page.get_by_label("What should the others see?").fill(name)
    page.get_by_label("I agree to sessions by video").check()
    page.get_by_label("I am the person this link was sent to").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("link", name="Try camera and sound").click()
    page.get_by_role("button", name="Go in", exact=True).wait_for()
