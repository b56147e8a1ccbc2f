"""The stage is set: the platform's processes, the town, and the clock. Django is set up by now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rejoin.common import clock
from rejoin.common.rows import select
from rejoin.demo.attending import RoomProvider, visits_to
from rejoin.demo.building import build_town
from rejoin.demo.checks import Finding, Seen, check_story
from rejoin.demo.crew import Crew
from rejoin.demo.days import ADMITTED_ON, instant
from rejoin.demo.homes import Home
from rejoin.demo.pace import Pace
from rejoin.demo.performing import Wanted
from rejoin.demo.playing import Play
from rejoin.demo.screen import Screen
from rejoin.demo.stage import Stage
from rejoin.demo.stepping import is_settled, wake_engine
from rejoin.demo.story import Story, first_half_hour, whole_story
from rejoin.demo.summary import Summary
from rejoin.demo.telling import Names, Teller
from rejoin.demo.town import TOWN, Town
from rejoin.demo.weeks_before import live_weeks_before
from rejoin.followup.engine import PARTS, SENDING

ADMITTED_AT: Final = instant(ADMITTED_ON, "09:00")
WORKING: Final = "SELECT count(DISTINCT part) FROM common_heartbeat WHERE part = ANY(%s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a story is played with, once everything stands."""

    stage: Stage
    rooms: RoomProvider
    pace: Pace
    teller: Teller


def play_and_tell(wanted: Wanted, home: Home, screen: Screen, crew: Crew) -> bool:
    """The whole of the check. Returns whether everything held."""
    story = first_half_hour(home) if wanted.short else whole_story(home)
    scene = set_the_scene(TOWN, story, home, screen, crew, faster=wanted.faster)
    play = Play(
        story=story,
        stage=scene.stage,
        rooms=scene.rooms,
        pace=scene.pace,
        teller=scene.teller,
        crew=crew,
        screen=screen,
    )
    play.run()
    play.pace.in_real_time()
    code, told = crew.doctor()
    findings = check_story(story, home, Seen(late=play.late, answers=play.rooms.answers, doctor=code))
    held = _tell(play, home, told, findings)
    play.pace.stand(clock.now())
    return held


def set_the_scene(
    town: Town,
    story: Story,
    home: Home,
    screen: Screen,
    crew: Crew,
    *,
    faster: float = 1.0,
    since: datetime | None = None,
) -> Scene:
    """Programs brought in as of the day their patients came; then the clock shows the story's first instant.

    `since`: of cases that were opened from then on the cast knows; else of those of the story.
    """
    pace = Pace(stretches=story.stretches, faster=faster)
    pace.stand(ADMITTED_AT)
    screen.step("rejoin serve and rejoin work, sending to those vendors and to nobody else")
    crew.start_platform()
    screen.step("five programs brought in from folders: 60 patients, 8 groups, 5 policies")
    build_town(town, home.folder / "folders", push_service=crew.addresses["push_service"], at=ADMITTED_AT)
    screen.step("six weeks of evenings before it, each in its own time, with what was asked and answered")
    live_weeks_before(town, at=ADMITTED_AT)
    rooms = RoomProvider(base_url=home.base_url, secret=home.room_secret)
    rooms.expect(visits_to(story.watched, story.comes, at=ADMITTED_AT, until=story.ends_at))
    crew.wait_until(crew.web_answers, what="the web")
    crew.wait_until(_is_worked, what="the worker")
    pace.stand(story.begins_at)
    wake_engine()
    crew.wait_until(is_settled, what="the weeks before")
    return Scene(
        stage=Stage(began_at=since or story.begins_at, sms_vendor=crew.addresses["sms_vendor"]),
        rooms=rooms,
        pace=pace,
        teller=Teller(since=story.begins_at, names=Names.read()),
    )


def _is_worked() -> bool:
    """Whether some worker has gone through every part of the engine."""
    parts = [*(name for name, _ in PARTS), SENDING]
    ((found,),) = select(WORKING, [parts])
    return bool(found == len(parts))


def _tell(play: Play, home: Home, told_by_doctor: str, findings: list[Finding]) -> bool:
    summary = Summary(play.screen.console, since=play.story.begins_at, now=_now())
    play.screen.end()
    summary.cases(play.teller.everything())
    summary.sessions()
    summary.measures()
    summary.vendors(home, play.rooms.answers)
    summary.worklist()
    summary.doctor(told_by_doctor)
    held = summary.findings(findings)
    summary.going_on(home)
    return held


def _now() -> datetime:
    return clock.now()
