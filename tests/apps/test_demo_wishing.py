"""What whoever watches wishes for, and where the player stands: files that are whole, whoever writes at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from rejoin.demo.wishing import (
    STANDING,
    WISH,
    Ear,
    Standing,
    Wish,
    change_wish,
    read_standing,
    read_wish,
    write_standing,
)

AT = datetime(2026, 10, 7, 22, 0, tzinfo=UTC)


def test_at_first_there_is_what_a_newcomer_can_follow(tmp_path: Path) -> None:
    assert read_wish(tmp_path) == Wish(rate=60, paused=False, hurries=True, watched=False, jumps=0)


def test_one_wish_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    change_wish(tmp_path, rate=300)
    change_wish(tmp_path, paused=True)
    change_wish(tmp_path, jump=True)
    assert read_wish(tmp_path) == Wish(rate=300, paused=True, jumps=1)


def test_of_many_who_wish_at_once_none_is_lost(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda _: change_wish(tmp_path, jump=True), range(80)))
    assert read_wish(tmp_path).jumps == 80
    assert [each.name for each in tmp_path.iterdir() if not each.name.startswith(f".{WISH}.lock")] == [WISH]


def test_a_player_hears_of_a_wish_without_asking_anew(tmp_path: Path) -> None:
    ear = Ear.at(tmp_path)
    assert ear.hear() == Wish()
    change_wish(tmp_path, rate=10)
    heard = ear.hear()
    assert heard.rate == 10
    assert ear.hear() is heard


def test_a_wish_of_a_later_version_is_understood_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / WISH).write_text(json.dumps({"rate": 300, "colour": "green"}))
    assert read_wish(tmp_path) == Wish(rate=300)


def test_where_the_player_is_stays_until_it_says_something_else(tmp_path: Path) -> None:
    assert read_standing(tmp_path).silent
    write_standing(tmp_path, Standing(doing="plays", next_at=AT))
    found = read_standing(tmp_path)
    assert (found.doing, found.next_at, found.silent) == ("plays", AT, False)
    write_standing(tmp_path, Standing(doing="paused"))
    assert read_standing(tmp_path).next_at is None
    long_ago = {**json.loads((tmp_path / STANDING).read_text()), "written_at": 0.0}
    (tmp_path / STANDING).write_text(json.dumps(long_ago))
    assert read_standing(tmp_path).silent
