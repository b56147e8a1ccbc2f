"""A million broken files: importers answer each with what it says or with why they cannot read it.

Seeded, so that a failure can be repeated: REJOIN_FUZZ_INPUTS sets how many files, REJOIN_FUZZ_SEED
where to start. A failing input is printed in full.
"""

import json
import multiprocessing
import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rejoin.rooms.exports import read_room_bytes
from rejoin.rooms.register import make_register
from rejoin.rooms.sightings import Context, RoomFile, Sighting, Unreadable
from tests.rooms.seeds import every_seed

INPUTS = int(os.environ.get("REJOIN_FUZZ_INPUTS", "1000000"))
SEED = int(os.environ.get("REJOIN_FUZZ_SEED", "1"))
SECONDS_PER_INPUT = 2.0
WORKERS = 2
# Patients of the seeds by what identifies them. The last one shares Ada's name, and nothing else.
KEYS = {
    "ada": ("ada@example.org", "pt_001", "reg-1"),
    "grace": ("grace@example.org", "pt_002"),
    "kim": ("kim@example.org", "pt_003"),
    "another ada": ("another-7391@example.org", "decoy-7391"),
}
PROVIDERS = ("zoom", "teams", "meet", "bigbluebutton", "jitsi", "livekit", "janus", "daily")
REGISTER = make_register(
    identities=[(each, key, who) for who, keys in KEYS.items() for each in PROVIDERS for key in keys[1:2]]
    + [("zoom", "reg-1", "ada")],
    emails=[(keys[0], who) for who, keys in KEYS.items()],
    phones=[],
)

CONTEXT = Context(
    zone=ZoneInfo("America/New_York"),
    # The two days on which clocks change are among the dates.
    dates=(date(2026, 3, 8), date(2026, 7, 22), date(2026, 11, 1)),
)

WORDS = [
    *(b"NaN", b"Infinity", b"-1", b"0", b"1e400", b"1e18", b"99999999999999999999", b"null", b"true", b"[]"),
    *(
        b"{}",
        b'""',
        b'"',
        b"'",
        b",",
        b";",
        b"\t",
        b"\r",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ),
    *(b"\xe2\x80\xaf", b"\xc2\xa0", b"AM", b"p. m.", b"Z", b"+99:99", b"-00:00", b"25:61", b"13/45/2026"),
    *(
        b"02:30:00",
        b"03/08/2026 02:30:00 AM",
        b"11/01/2026 01:30:00 AM",
        b"31.12.9999",
        b"0001-01-01T00:00:00Z",
    ),
    *(
        b"1. Summary",
        b"2. X",
        b"3. Y",
        b"Join Time",
        b"Leave Time",
        b"(UTC)",
        b"(America/New_York)",
        b"(../etc)",
    ),
    *(
        b"Meeting ID",
        b"Timezone",
        b"Name",
        b"Duration",
        b'{"event":"x"}',
        b'"muc-x"',
        b'"type":64',
        b"[[[[[[[[",
    ),
    *(b"\\ud800", b"\\u0000", b"*", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"9" * 5000, b'{"a":' * 1500),
]
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 1.5, 1e300, 2**31, 2**63, 2**64, 10**30, "", "x", "NaN", "-1", " ", "\0"),
    *([], {}, [[]], [{}], {"": ""}, "2026-07-22T13:30:00", "9999-12-31T23:59:59-14:00", "0001-01-01", "1e9"),
    *(
        1781000000,
        1781000000000,
        1781000000000000,
        "1781000000",
        "1648038809439",
        "p-1.aa",
        "joined",
        64,
        256,
    ),
]
Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]


def flip_bytes(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    changed = bytearray(raw)
    for _ in range(pick.choice((1, 1, 2, 4, 16))):
        changed[pick.randrange(len(changed))] = pick.randrange(256)
    return bytes(changed)


def cut_out(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    start = pick.randrange(len(raw))
    return raw[:start] + raw[start + pick.choice((1, 2, 8, 64, 512)) :]


def repeat_part(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    start = pick.randrange(len(raw))
    return raw[:start] + raw[start : start + pick.choice((1, 8, 64, 256))] * 2 + raw[start:]


def insert_word(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    at = pick.randrange(len(raw) + 1)
    return raw[:at] + pick.choice(WORDS) + raw[at:]


def splice(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    other = pick.choice(seeds)
    return raw[: pick.randrange(len(raw) + 1)] + other[pick.randrange(len(other)) :]


def splice_lines(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    lines = raw.splitlines(True) + pick.choice(seeds).splitlines(True)
    pick.shuffle(lines)
    return b"".join(lines[: pick.randrange(len(lines)) + 1])


def change_number(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    places = [at for at, letter in enumerate(raw) if 48 <= letter <= 57]
    if not places:
        return raw
    at = pick.choice(places)
    return raw[:at] + str(pick.choice((0, 9, 13, 45, 61, 99, -1, 10**12))).encode() + raw[at + 1 :]


def change_mark(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    mark = pick.choice((b'"', b"\n", b",", b"\t", b":", b"/", b" "))
    return raw.replace(
        mark, pick.choice((b"", b'"', b"\r", b"\n\n", b";", b"\t", b".")), pick.choice((1, 3, -1))
    )


def change_value(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    lines = raw.splitlines() if raw[:1] == b"{" and raw[:2] != b"{\n" else [raw]
    at = pick.randrange(len(lines))
    try:
        tree = json.loads(lines[at])
    except (ValueError, RecursionError):
        return insert_word(pick, raw, seeds)
    places = list(_places(tree))
    if not places:
        return raw
    holder, key = pick.choice(places)
    if isinstance(holder, dict) and pick.random() < 0.2:
        del holder[key]
    else:
        holder[key] = pick.choice(VALUES)
    lines[at] = json.dumps(tree, indent=pick.choice((None, None, 1))).encode()
    return b"\n".join(lines)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            yield from _places(tree[key])


def reencode(pick: random.Random, raw: bytes, seeds: list[bytes]) -> bytes:
    text = raw.decode("utf-8", "replace")
    return text.encode(
        pick.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252")), "replace"
    )


MUTATIONS: list[Mutation] = [
    *(flip_bytes, cut_out, repeat_part, insert_word, insert_word, splice, splice_lines, change_number),
    *(change_number, change_mark, change_value, change_value, change_value, reencode),
]


def mutate(pick: random.Random, seeds: list[bytes]) -> bytes:
    """A seed, broken in one to three ways."""
    raw = pick.choice(seeds)
    for _ in range(pick.choice((1, 1, 2, 3))):
        if raw:
            raw = pick.choice(MUTATIONS)(pick, raw, seeds)
    return raw


class TooSlow(Exception):
    """The importer did not come back."""


@contextmanager
def no_longer_than(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class Broken(Exception):
    """An answer that no importer may give."""


def check_credit(seen: Sighting, raw: bytes) -> None:
    """Nobody is credited but by an identifier that the participant's own fields and the file hold."""
    who = REGISTER.recognise(seen)
    if who is None:
        return
    told = {each.strip().casefold() for each in (seen.ref, seen.email, *seen.aliases) if each}
    if seen.ref is None:
        told.add(seen.display.strip().casefold())
    keys = set(KEYS[who]) & told
    if not keys:
        raise Broken(f"{who} credited without an identifier of hers: {seen}")
    # Without its zero bytes an identifier reads the same in every encoding the seeds are put into.
    plain = raw.replace(b"\0", b"").lower()
    if b"\\u" not in plain and not any(key.encode() in plain for key in keys):
        raise Broken(f"{who} credited by what the file does not say: {seen}")


def read_one(raw: bytes) -> bool:
    """Whether `raw` could be read; `Broken` when it was neither read nor properly refused."""
    try:
        with no_longer_than(SECONDS_PER_INPUT):
            answer = read_room_bytes(raw, name="rooms/fuzz", context=CONTEXT)
    except Unreadable as refusal:
        if not refusal.problems or any(problem.line < 1 for problem in refusal.problems):
            raise Broken(f"a refusal without a place: {refusal.problems}") from None
        return False
    except BaseException:  # noqa: BLE001 - whatever else comes out is what we are looking for
        raise Broken(traceback.format_exc()) from None
    if not isinstance(answer, RoomFile) or not answer.readings:
        raise Broken(f"not a room file: {answer!r}")
    for reading in answer.readings:
        for seen in reading.sightings:
            if seen.joined_at and seen.left_at and seen.left_at < seen.joined_at:
                raise Broken(f"left before joining: {seen}")
            check_credit(seen, raw)
    return True


def fuzz(worker: int, count: int) -> tuple[int, int, list[tuple[str, bytes]]]:
    """How many inputs were tried and how many of them could be read, and the first few failures."""
    pick = random.Random(SEED * 1000 + worker)
    seeds = list(every_seed().values())
    failures: list[tuple[str, bytes]] = []
    tried = understood = 0
    while tried < count and len(failures) < 5:
        raw = mutate(pick, seeds)
        tried += 1
        try:
            understood += read_one(raw)
        except Broken as broken:
            failures.append((str(broken), raw))
    return tried, understood, failures


@pytest.mark.deep
def test_importers_answer_every_broken_file_with_a_room_file_or_a_refusal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No other exception, no hang, a line in every problem, and nobody credited but by her own identifier."""
    started = time.monotonic()
    shares = [(worker, INPUTS // WORKERS + (worker < INPUTS % WORKERS)) for worker in range(WORKERS)]
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        outcomes = pool.starmap(fuzz, shares)
    elapsed = time.monotonic() - started
    tried = sum(outcome[0] for outcome in outcomes)
    understood = sum(outcome[1] for outcome in outcomes)
    with capsys.disabled():
        print(
            f"\nimporters: {tried:,} broken files in {elapsed:.0f} s ({tried / elapsed:,.0f}/s), "
            f"{understood:,} still readable, the rest refused with a line"
        )
    failures = [failure for outcome in outcomes for failure in outcome[2]]
    assert not failures, "\n\n".join(f"{wrong}\n{raw!r}" for wrong, raw in failures)
    assert tried == INPUTS
