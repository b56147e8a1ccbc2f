"""The doors of the running demonstration: printed, opened in a browser, and the story shown behind them."""

import os
import sys
import threading
import webbrowser
from dataclasses import dataclass
from time import monotonic
from typing import Final, NoReturn

from rich.console import Console
from rich.text import Text

from rejoin.common import clock
from rejoin.demo.beside import NAME, address_beside, can_be_opened, open_beside
from rejoin.demo.crew import Crew
from rejoin.demo.days import instant
from rejoin.demo.homes import Home
from rejoin.demo.newcomer import MONDAY, NEWCOMERS_TOWN, SHOWN_FROM, newcomers_story
from rejoin.demo.noon import BEN, VISITED
from rejoin.demo.pace import sleep
from rejoin.demo.performing import Wanted
from rejoin.demo.screen import Screen
from rejoin.demo.showing import Show
from rejoin.demo.signing_in import SignIn, open_accounts, sign_ins
from rejoin.demo.staging import set_the_scene
from rejoin.demo.wishing import Standing, write_standing
from rejoin.followup.words import spaced

CONTROL: Final = "/demonstration/"
NO_ENGINE: Final = (
    "A real room beside it needs Janus, the video engine: make rooms installs it. Then start this again."
)
BESIDE_WITHIN_SECONDS: Final = 120.0
LOOKS_EVERY_SECONDS: Final = 0.1
WAYS_IN: Final = ((BEN, "ben, who leads it"), *((name, name) for name in VISITED))
"""Into the real room; one is expected there who does not come."""
SHOWS_A_BROWSER: Final = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME")
"""One of these is set where a browser has a screen of its own, and is no program in the terminal."""


def welcome_and_show(wanted: Wanted, home: Home, screen: Screen, crew: Crew) -> NoReturn:
    """Everything made ready, the doors told, and the story shown until it is interrupted."""
    show = make_ready(home, screen, crew, faster=wanted.faster)
    open_accounts(at=clock.now())
    doors = Doors(base_url=home.base_url, sign_ins=sign_ins(home.base_url))
    screen.end()
    doors.tell(screen.console)
    begin_beside(home, screen.console, crew)
    if wanted.browser:
        open_browser(doors.control)
    show.wait_for_somebody(seconds=wanted.begins_within)
    show.run()


def make_ready(home: Home, screen: Screen, crew: Crew, *, faster: float = 1.0) -> Show:
    """The town, its afternoon behind it, and the cast in the wings: minutes before the session to be looked at."""
    write_standing(home.folder, Standing())
    story = newcomers_story(home)
    scene = set_the_scene(
        NEWCOMERS_TOWN, story, home, screen, crew, faster=faster, since=instant(MONDAY, "00:00")
    )
    screen.step("the afternoon before, played quickly")
    show = Show.of(story, scene, home=home, crew=crew)
    show.pass_until(SHOWN_FROM)
    return show


def begin_beside(home: Home, console: Console, crew: Crew) -> None:
    """The house with the real room, where this machine has an engine: its links are told once it is open."""
    if not can_be_opened():
        console.print(Text(f"\n{NO_ENGINE}", style="dim"), soft_wrap=True)
        return
    open_beside(home, crew)
    threading.Thread(target=tell_of_it, args=(home, console), daemon=True).start()


def tell_of_it(home: Home, console: Console, *, within: float = BESIDE_WITHIN_SECONDS) -> None:
    """Only looks, and says once it is open. `within`: seconds."""
    give_up_at = monotonic() + within
    while not (address := address_beside(home.folder)):
        if monotonic() > give_up_at:
            console.print(Text(f"\nThe real room did not open: see {home.logs / NAME}.log", style="dim"))
            return
        sleep(LOOKS_EVERY_SECONDS)
    console.print(
        Text("\nA real room in real time, with your camera. Its page, and the ways in:", style="bold")
    )
    console.print(Text(f"  {address}{CONTROL}", style="cyan bold"), soft_wrap=True)
    for name, who in WAYS_IN:
        line = Text(f"  Go in as {who:<18} ").append(f"{address}{CONTROL}go/{name}/", style="cyan")
        console.print(line, soft_wrap=True)
    console.print(Text("Each in a tab or a window of its own.", style="dim"), soft_wrap=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where to look, and as whom."""

    base_url: str
    sign_ins: tuple[SignIn, ...]

    @property
    def control(self) -> str:
        return f"{self.base_url}{CONTROL}"

    def tell(self, console: Console) -> None:
        console.print(Text("\nReady. Open this, and look for a minute:", style="bold"))
        console.print(Text(f"  {self.control}", style="cyan bold"), soft_wrap=True)
        console.print(Text("\nOr sign in as", style="bold"))
        for each in self.sign_ins:
            line = Text(f"  {spaced(each.role):<16} {each.name:<6} ").append(each.link, style="cyan")
            console.print(line, soft_wrap=True)
        console.print(Text("\nIt runs until ctrl-c.", style="dim"))


def open_browser(address: str) -> bool:
    """Where there is one with a screen: a terminal's own browser would take the terminal away."""
    has_screen = sys.platform in ("darwin", "win32") or any(map(os.environ.get, SHOWS_A_BROWSER))
    if not has_screen:
        return False
    try:
        return webbrowser.open(address)
    except (OSError, webbrowser.Error):
        return False
