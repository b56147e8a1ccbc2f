"""What the ear takes in: events of our own engine, from its socket into PostgreSQL, a second.

Synthetic. Another process dials the ear and sends what Janus' websocket handler would: lists of up to a hundred events,
compact, as fast as the line takes them. Hundreds of rooms run at once, people come and go in each, and half of the
events tell of nobody's coming or going, as in a real evening. The database is the embedded one with its durable
settings. Counted from the first byte until the last event is committed. Printed and never asserted.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psutil

from tests.bench.engine import prepare
from tests.bench.live import seconds_of

EVENTS = 60_000
ROOMS = 300
TOGETHER = 100
"""Events in one message of the handler's, at most."""
SEEDS = (1, 2, 3)
SECRET = "a-secret-of-the-bench"
PATIENCE_SECONDS = 120.0
KINDS = ("joined", "leaving", "published", "unpublished", "configured", "subscribing")


def messages(seed: int) -> Iterator[str]:
    """An evening's events, in the handler's lists."""
    chance = Random(seed)
    rooms = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(ROOMS)]
    at, waiting = 1_796_047_762_000_000, [*_events(chance, rooms)]
    for number, event in enumerate(waiting):
        event["timestamp"] = at + number * chance.randint(200, 900)
    while waiting:
        count = chance.randint(1, TOGETHER)
        yield json.dumps(waiting[:count], separators=(",", ":"))
        del waiting[:count]


def _events(chance: Random, rooms: list[str]) -> Iterator[dict[str, Any]]:
    for number in range(EVENTS // 2):
        room, ref, handle = chance.choice(rooms), f"p-{chance.getrandbits(64):016x}", chance.getrandbits(53)
        session = chance.getrandbits(53)
        token = f"1796053164,janus,janus.plugin.videoroom,room={room},ref={ref}:{'x' * 27}="
        told = {"name": "attached", "plugin": "janus.plugin.videoroom", "token": token}
        yield {
            "emitter": "rejoin-janus",
            "type": 2,
            "session_id": session,
            "handle_id": handle,
            "event": told,
        }
        data = {"event": KINDS[number % len(KINDS)], "room": room, "id": f"{ref}.{number:08x}"}
        yield {
            "emitter": "rejoin-janus",
            "type": 64,
            "session_id": session,
            "handle_id": handle,
            "event": {"plugin": "janus.plugin.videoroom", "data": data},
        }


def send(port: int, seed: int) -> None:
    """As the engine: everything made beforehand, then sent when a word comes."""
    from websockets.sync.client import connect

    told = list(messages(seed))
    with connect(f"ws://127.0.0.1:{port}/{SECRET}", compression=None, proxy=None) as line:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        for each in told:
            line.send(each)
        sys.stdin.readline()


def take_in(port: int, seed: int) -> tuple[float, float, float]:
    """Seconds of wall; of CPU: this process' (the ear), the database's."""
    from rejoin.common.rows import execute, select
    from rejoin.config import embedded

    execute("TRUNCATE rooms_rawevent CASCADE")
    database = psutil.Process(embedded.server_pid(Path(os.environ["REJOIN_HOME"])))
    command = [sys.executable, "-m", "tests.bench.ear", "--send", str(port), str(seed)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdin is not None
        assert engine.stdout is not None
        engine.stdout.readline()
        stored, asked = 0, seconds_of(database)
        begun, cpu = time.perf_counter(), time.process_time()
        engine.stdin.write("go\n")
        engine.stdin.flush()
        while stored < EVENTS:
            if time.perf_counter() - begun > PATIENCE_SECONDS:
                raise SystemExit(f"{stored} of {EVENTS} came in")
            time.sleep(0.05)
            stored = select("SELECT count(*) FROM rooms_rawevent")[0][0]
        wall = time.perf_counter() - begun
        used = time.process_time() - cpu
        engine.stdin.write("done\n")
        engine.stdin.flush()
    return wall, used, seconds_of(database) - asked


def report() -> None:
    from rejoin.rooms.ear import Ear
    from tests.faults.crew import free_port

    stopping, port = threading.Event(), free_port()
    ear = Ear(provider="janus", secret=SECRET, beat=lambda _part: None)
    listening = threading.Thread(target=ear.listen, args=("127.0.0.1", port, stopping))
    listening.start()
    print(f"the ear: {EVENTS:,} events of {ROOMS} rooms from a socket into PostgreSQL, durable")
    try:
        for seed in SEEDS:
            wall, used, database = take_in(port, seed)
            print(
                f"  seed {seed}: {EVENTS / wall:7,.0f} events a second; {wall:.1f} s of wall; "
                f"CPU {used:.1f} s the ear, {database:.1f} s the database",
                flush=True,
            )
    finally:
        stopping.set()
        listening.join()


def main() -> None:
    if "--send" in sys.argv:
        send(int(sys.argv[2]), int(sys.argv[3]))
        return
    is_ours = "REJOIN_HOME" not in os.environ
    prepare()
    from django.core.management import call_command

    from rejoin.config import embedded

    call_command("migrate", verbosity=0)
    try:
        report()
    finally:
        if is_ours:
            embedded.stop_server(Path(os.environ["REJOIN_HOME"]))


if __name__ == "__main__":
    main()
