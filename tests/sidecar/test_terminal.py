"""The tables of the terminal: narrow, plain, and deaf to what a display name tries."""

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from rejoin.sidecar.terminal import print_report
from tests.sidecar.reports import (
    Program,
    busy_morning,
    crowded_program,
    hostile_program,
    nothing_open,
)


def printed(program: Program, *, width: int = 80, terminal: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system="standard" if terminal else None
    )
    print_report(program.report(), program.directory, console)
    file.flush()
    return raw.getvalue().decode(encoding)


def test_what_is_urgent_comes_first() -> None:
    text = printed(busy_morning())
    heads = ["Overdue (3)", "Due now (2)", "Coming up today (4)", "To decide (2)", "Alerts (6)"]
    places = [text.index(head) for head in (*heads, "Sessions, newest first", "Weeks below the minimum")]
    assert places == sorted(places)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("make", [busy_morning, hostile_program, nothing_open])
def test_no_line_is_wider_than_the_terminal(make: Callable[[], Program], width: int) -> None:
    assert max(len(line) for line in printed(make(), width=width).splitlines()) <= width


def test_a_file_gets_no_colour_codes_and_the_words_say_it_all() -> None:
    text = printed(busy_morning())
    assert "\x1b" not in text
    for word in ("overdue", "ELEVATED", "not recorded", "missed", "below minimum", "not known"):
        assert word in text


def test_colour_on_a_terminal_changes_no_word() -> None:
    styled = re.sub(r"\x1b\[[0-9;]*m", "", printed(busy_morning(), terminal=True))
    assert styled == printed(busy_morning())


def test_a_name_cannot_style_or_steer_the_terminal() -> None:
    program = busy_morning()
    program.directory["patients"]["P4"]["name"] = "[bold red]Dev[/] \x1b[2J\x07\rx"
    program.directory["folder"] = "\x1b]0;owned\x07"
    text = printed(program, width=120)
    assert "[bold red]Dev[/]" in text
    assert not set("\x1b\x07\r") & set(text)


def test_an_old_terminal_that_knows_only_ascii_is_served() -> None:
    program = busy_morning()
    assert "Overdue (3)" in printed(program, encoding="ascii")


def test_the_number_to_call_and_the_clock_there_stand_in_the_line() -> None:
    text = printed(busy_morning(), width=140)
    assert "+1 212-555-0107" in text
    assert "04:20 in Los Angeles, before" in text


def test_nothing_open_is_said_kindly() -> None:
    text = printed(nothing_open())
    assert "Nothing is overdue." in text
    assert "No decision is waiting." in text


def test_a_long_list_says_how_much_it_leaves_out() -> None:
    text = printed(crowded_program(sessions=400, patients=40, groups=4))
    assert "more are left out here. --json has everything." in text
