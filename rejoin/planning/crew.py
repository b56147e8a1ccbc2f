"""Parts of a plan, in processes of their own that can be ended whatever they do.

HiGHS' own limit of time is a wish. So each part's plan is handed over as soon as there is one, and whoever is not done
in time is killed: what was handed over counts. What no part has answered for is filled by the greedy plan, and bounded
by what can be said without solving anything.
"""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import Floats
from rejoin.domain.makeup.problem import Instance, Ints
from rejoin.domain.makeup.solving import (
    Common,
    Found,
    Prepared,
    Work,
    at_most,
    common_prices,
    merged,
    prepared,
)
from rejoin.domain.makeup.worth import worth_of

FOR_THE_REST: Final = 0.1
"""Of the time: for putting the parts together."""
GROWS: Final = 1.2
"""A part with twice the pairs takes this power of two as long; what is shared out is time."""
Tell = Callable[[str, int], None]
"""Called with what has just become known, and of which part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that keeps every rule, and how good it can be said to be.

    `slot_of` by missed session, both positions in the instance; what is taken is in it. `objective` and `bound` are
    points: no plan is worth more than `bound`. `price` is what a seat costs the others, by slot.
    """

    slot_of: dict[int, int]
    objective: int
    bound: float
    eligible_pairs: int
    priced_pairs: int
    method: str
    price: Floats
    peak_rss_mb: float
    """Of this process and its children together, at their highest."""
    cpu_s: float

    @property
    def gap(self) -> float:
        """What a better plan could bring at most, as a share of this one's worth."""
        return max(0.0, self.bound - self.objective) / max(1.0, abs(self.objective))


@dataclass(slots=True)
class _Heard:
    """What the parts have told so far."""

    found: dict[int, Found] = field(default_factory=dict)
    common: dict[int, Common] = field(default_factory=dict)
    """By band: its common prices."""
    bounds: dict[int, float] = field(default_factory=dict)
    """By part of a band: at those prices."""
    peak: dict[int, int] = field(default_factory=dict)
    cpu: float = 0.0


def plan(instance: Instance, *, seconds: float, workers: int, tell: Tell = lambda *_: None) -> Plan:
    """The best plan that is found in `seconds` by so many processes, and a bound that holds for the whole instance."""
    until = time.monotonic() + seconds * (1 - FOR_THE_REST)
    before = _cpu()
    ready = prepared(instance)
    tell("prepared", len(ready.parts))
    heard = _solved(ready, until, workers, tell)
    slot_of = merged(ready, heard.found.values())
    new = [(missed, slot) for missed, slot in slot_of.items() if missed not in ready.book.slot_of]
    added: Ints = np.array(new, np.int32).reshape(-1, 2)
    objective = ready.left.worth + worth_of(instance, ready.left, added[:, 0], added[:, 1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + sum(heard.peak.values())
    return Plan(
        slot_of=slot_of,
        objective=objective,
        bound=max(float(objective), ready.left.worth + _bound(ready, heard)),
        eligible_pairs=ready.eligible_pairs,
        priced_pairs=ready.eligible_pairs - len(ready.pairs) + sum(len(part.pairs) for part in ready.parts),
        method="+".join(sorted({each.how for each in heard.found.values()})) or "greedy",
        price=_prices(ready, heard),
        peak_rss_mb=peak / 1024,
        cpu_s=_cpu() - before,
    )


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _bound(ready: Prepared, heard: _Heard) -> float:
    """Of all parts; of whatever was not answered in time, the plain one."""
    total = 0.0
    for part in ready.parts:
        if part.band < 0:
            total += heard.found[part.number].bound if part.number in heard.found else at_most(ready, part)
    for number, band in enumerate(ready.bands):
        if number in heard.common and all(each in heard.bounds for each in band.parts):
            total += heard.common[number].worth + sum(heard.bounds[each] for each in band.parts)
        else:
            total += sum(at_most(ready, ready.parts[each]) for each in band.parts)
    return total


def _prices(ready: Prepared, heard: _Heard) -> Floats:
    out = np.zeros(len(ready.instance.slots.ids))
    for each in heard.found.values():
        out[each.group_slot] = np.maximum(out[each.group_slot], each.group_price)
        out[each.clique_slot] = np.maximum(out[each.clique_slot], each.clique_price)
    for number, common in heard.common.items():
        shared = ready.bands[number].shares.shared
        out[shared] = common.price[shared]
    return out


def _solved(ready: Prepared, until: float, workers: int, tell: Tell) -> _Heard:
    heard = _Heard()
    context = multiprocessing.get_context("fork")
    lines: dict[Connection, BaseProcess] = {}
    line_of: dict[int, Connection] = {}
    try:
        for numbers in _shared_out(ready, workers):
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=_work, args=(ready, numbers, theirs, until), daemon=True)
            process.start()
            theirs.close()
            lines[ours] = process
            line_of |= dict.fromkeys(numbers, ours)
        _listen(ready, heard, lines, line_of, until, tell)
    finally:
        for line, process in lines.items():
            process.kill()
            process.join()
            line.close()
    return heard


def _listen(
    ready: Prepared,
    heard: _Heard,
    lines: dict[Connection, BaseProcess],
    line_of: dict[int, Connection],
    until: float,
    tell: Tell,
) -> None:
    """Until all are done, or gone, or the time is over."""
    working = set(lines)
    while working and (left := until - time.monotonic()) > 0:
        for line in wait(list(working), timeout=left):
            assert isinstance(line, Connection)
            pid = lines[line].pid or 0
            heard.peak[pid] = max(heard.peak.get(pid, 0), _peak_of(pid))
            try:
                number, told = line.recv()
            except (EOFError, ConnectionError):
                working.discard(line)
                continue
            if isinstance(told, Found):
                heard.found[number] = told
                tell(told.how, number)
                _ask_at_prices(ready, heard, number, line_of)
            else:
                heard.bounds[number] = told
                tell("bound", number)


def _ask_at_prices(ready: Prepared, heard: _Heard, number: int, line_of: dict[int, Connection]) -> None:
    """Once all parts of a band have a plan: what it can be worth at most, at common prices."""
    which = ready.parts[number].band
    if which < 0 or which in heard.common:
        return
    band = ready.bands[which]
    if all(each in heard.found for each in band.parts):
        heard.common[which] = common_prices(ready, band, [heard.found[each] for each in band.parts])
        for each in band.parts:
            with suppress(OSError):  # whoever is gone has told what it could
                line_of[each].send((each, heard.common[which].price))


def _peak_of(pid: int) -> int:
    """In KiB, of a process that may be gone."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def _shared_out(ready: Prepared, workers: int) -> list[list[int]]:
    """Parts by process: the largest first, to whoever has least."""
    takes = {part.number: len(part.pairs) ** GROWS for part in ready.parts if len(part.pairs)}
    takes |= {part.number: 1.0 for part in ready.parts if not len(part.pairs)}
    out: list[list[int]] = [[] for _ in range(max(1, min(workers, len(takes))))]
    for number in sorted(takes, key=lambda each: (-takes[each], each)):
        min(out, key=lambda listed: sum(takes[each] for each in listed)).append(number)
    return [numbers for numbers in out if numbers]


def _work(ready: Prepared, numbers: Sequence[int], line: Connection, until: float) -> None:
    """In a process of its own: parts that share first, for others wait for their prices."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS says its name there, where our answer goes
    kept: dict[int, Work] = {}
    with suppress(BrokenPipeError):
        for number in sorted(numbers, key=lambda each: ready.parts[each].band < 0):
            work = Work(ready, ready.parts[number])
            for found in work.steps(lambda: until - time.monotonic()):
                line.send((number, found))
            if work.part.shared is not None:
                kept[number] = work
        while kept:
            number, price = line.recv()
            line.send((number, kept.pop(number).at_prices(price)))
    line.close()
    os._exit(0)
