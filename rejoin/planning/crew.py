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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import numpy as np

from rejoin.domain.makeup.block import Floats
from rejoin.domain.makeup.joining import Ended, ended
from rejoin.domain.makeup.problem import Instance, Ints
from rejoin.domain.makeup.solving import (
    Again,
    Closer,
    Found,
    Prepared,
    Whole,
    Work,
    again,
    at_most,
    merged,
    prepared,
)
from rejoin.domain.makeup.worth import worth_of
from rejoin.planning.orphans import end_with, is_orphan

FOR_THE_REST: Final = 0.05
"""Of the time: for putting the parts together."""
AGAIN: Final = "shared again"
LOOKS_S: Final = 1.0
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
    """Of this process and its children together, at its highest: pages that they share are counted once."""
    cpu_s: float

    @property
    def gap(self) -> float:
        """What a better plan could bring at most, as a share of this one's worth."""
        return max(0.0, self.bound - self.objective) / max(1.0, abs(self.objective))


@dataclass(slots=True)
class _Heard:
    """What has been told so far."""

    found: dict[int, Found] = field(default_factory=dict)
    """By part."""
    ends: dict[int, Ended] = field(default_factory=dict)
    """By part of a band."""
    whole: dict[int, Found] = field(default_factory=dict)
    """By band."""
    asked: set[int] = field(default_factory=set)
    """Bands that somebody looks at as a whole, or has."""
    looked: set[int] = field(default_factory=set)
    """Bands whose bound somebody looks at once more, or has."""
    waiting: list[Again] = field(default_factory=list)
    """Parts to be solved once more."""
    again: dict[int, Found] = field(default_factory=dict)
    """By part, the second time."""
    idle: list[Connection] = field(default_factory=list)
    peak_kib: int = 0

    def plans(self) -> list[list[Found]]:
        """What the parts came to; and where some were solved again, the same with those."""
        plans = [list(self.found.values())]
        return [*plans, list({**self.found, **self.again}.values())] if self.again else plans


def plan(instance: Instance, *, seconds: float, workers: int, tell: Tell = lambda *_: None) -> Plan:
    """The best plan that is found in `seconds` by so many processes, and a bound that holds for the whole instance."""
    until = time.monotonic() + seconds * (1 - FOR_THE_REST)
    before = _cpu()
    ready = prepared(instance)
    tell("prepared", len(ready.parts))
    heard = _solved(ready, until, workers, tell)
    made = [(each, merged(ready, each)) for each in heard.plans()]
    chosen, slot_of = max(made, key=lambda pair: _worth(ready, pair[1]))
    objective = _worth(ready, slot_of)
    return Plan(
        slot_of=slot_of,
        objective=objective,
        bound=max(float(objective), ready.left.worth + _bound(ready, heard)),
        eligible_pairs=ready.eligible_pairs,
        priced_pairs=ready.eligible_pairs - len(ready.pairs) + sum(len(part.pairs) for part in ready.parts),
        method="+".join(sorted({each.how for each in chosen})) or "greedy",
        price=_prices(ready, heard),
        peak_rss_mb=max(heard.peak_kib, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024,
        cpu_s=_cpu() - before,
    )


def _worth(ready: Prepared, slot_of: dict[int, int]) -> int:
    new = [(missed, slot) for missed, slot in slot_of.items() if missed not in ready.book.slot_of]
    added: Ints = np.array(new, np.int32).reshape(-1, 2)
    return ready.left.worth + worth_of(ready.instance, ready.left, added[:, 0], added[:, 1])


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _bound(ready: Prepared, heard: _Heard) -> float:
    """Of all parts; of whatever was not answered in time, the plain one."""
    total = 0.0
    for part in ready.parts:
        if part.band < 0:
            total += (
                heard.found[part.number].bound if part.number in heard.found else at_most(ready, part.pairs)
            )
    for number, band in enumerate(ready.bands):
        total += heard.whole[number].bound if number in heard.whole else band.bound
    return total


def _prices(ready: Prepared, heard: _Heard) -> Floats:
    out = np.zeros(len(ready.instance.slots.ids))
    wholes = set(heard.whole)
    for each in [
        *(each for each in heard.found.values() if ready.parts[each.part].band not in wholes),
        *heard.whole.values(),
    ]:
        out[each.group_slot] = each.group_price
        out[each.clique_slot] = each.clique_price
    return out


def _solved(ready: Prepared, until: float, workers: int, tell: Tell) -> _Heard:
    heard = _Heard()
    context = multiprocessing.get_context("fork")
    lines: dict[Connection, BaseProcess] = {}
    try:
        for numbers in _shared_out(ready, workers):
            ours, theirs = context.Pipe()
            lent = _Lent(line=theirs, closed=[*lines, ours], parent=os.getpid(), until=until)
            process: BaseProcess = context.Process(target=_work, args=(ready, numbers, lent), daemon=True)
            process.start()
            theirs.close()
            lines[ours] = process
        _listen(ready, heard, lines, until, tell)
    finally:
        for line, process in lines.items():
            process.kill()
            process.join()
            line.close()
    return heard


def _listen(
    ready: Prepared, heard: _Heard, lines: dict[Connection, BaseProcess], until: float, tell: Tell
) -> None:
    """Until all are done, or gone, or the time is over."""
    working = set(lines)
    while working and (left := until - time.monotonic()) > 0:
        for line in wait(list(working), timeout=min(left, LOOKS_S)):
            assert isinstance(line, Connection)
            try:
                _keep(heard, line, line.recv(), tell)
            except (EOFError, ConnectionError):
                working.discard(line)
                heard.idle = [each for each in heard.idle if each is not line]
            _give(ready, heard, busy=len(working) - len(heard.idle))
        pids = [os.getpid(), *(each.pid for each in lines.values() if each.pid is not None)]
        heard.peak_kib = max(heard.peak_kib, sum(map(_own_kib, pids)))


def _keep(heard: _Heard, line: Connection, told: "Told", tell: Tell) -> None:
    if isinstance(told, Idle):
        heard.idle.append(line)
    elif isinstance(told, Again):
        heard.waiting.append(told)
    else:
        found, end = told
        if found.part < 0:
            before = heard.whole.get(-1 - found.part, found)
            heard.whole[-1 - found.part] = min(before, found, key=lambda each: each.bound)
        elif found.how == AGAIN:
            heard.again[found.part] = found
        else:
            heard.found[found.part] = found
        if end is not None:
            heard.ends[found.part] = end
        tell(found.how, found.part)


def _give(ready: Prepared, heard: _Heard, *, busy: int) -> None:
    """To whoever has nothing to do what is to be done next; word that nothing more comes, once nobody is busy of whom
    more could come."""
    while heard.idle:
        given = _next_of(ready, heard)
        if given is None and busy and ready.bands:
            return
        line = heard.idle.pop(0)
        busy += given is not None
        with suppress(OSError):  # whoever is gone has told what it could
            line.send(given)


def _next_of(ready: Prepared, heard: _Heard) -> "Given | None":
    """The largest band whose parts have all ended; a part to be solved once more; a bound to be looked at once more."""

    def largest(bands: Iterable[int]) -> int | None:
        return max(bands, key=lambda number: len(ready.bands[number].pairs), default=None)

    def ends_of(band: int) -> list[Ended]:
        return [heard.ends[each] for each in ready.bands[band].parts]

    able = (
        number
        for number, band in enumerate(ready.bands)
        if number not in heard.asked and all(each in heard.ends for each in band.parts)
    )
    if (band := largest(able)) is not None:
        heard.asked.add(band)
        return band, ends_of(band)
    if heard.waiting:
        part = max(heard.waiting, key=lambda each: len(ready.parts[each.part].pairs))
        heard.waiting.remove(part)
        return part, [heard.ends[part.part]]
    if (band := largest(set(heard.whole) - heard.looked)) is not None:
        heard.looked.add(band)
        return Closer(band=band), ends_of(band)
    return None


def _own_kib(pid: int) -> int:
    """What a process has of the memory, a page that several have divided among them; 0 where it is gone."""
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
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


class Idle:
    """Said by whoever has nothing to do."""


Told = Idle | Again | tuple[Found, Ended | None]
Given = tuple[int | Again | Closer, list[Ended]]
"""A band with where its parts ended, a part to be solved again with where it ended, or a band again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lent:
    """What a process gets from the one that starts it."""

    line: Connection
    closed: Sequence[Connection]
    """The planner's ends of all lines so far, which a fork has too: open here, no line would ever say that it is gone."""
    parent: int
    until: float

    def left(self) -> float:
        """Seconds; none for nobody."""
        return 0.0 if is_orphan(self.parent) else self.until - time.monotonic()

    def given(self) -> "Given | None":
        """What is to be done next; None: nothing any more, or the time is over."""
        while (left := self.left()) > 0:
            if self.line.poll(min(left, LOOKS_S)):
                given: Given | None = self.line.recv()
                return given
        return None


def _work(ready: Prepared, numbers: Sequence[int], lent: _Lent) -> None:
    """In a process of its own: its parts, those of bands first, for the whole waits for them; then bands."""
    end_with(lent.parent)
    for each in lent.closed:
        each.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS says its name there, where our answer goes
    line = lent.line
    with suppress(ConnectionError, EOFError):
        for number in sorted(numbers, key=lambda each: ready.parts[each].band < 0):
            work = Work(ready, ready.parts[number])
            for found in work.steps(lent.left):
                line.send((found, ended(work.relaxation) if work.part.shared is not None else None))
        line.send(Idle())
        while (given := lent.given()) is not None:
            for told in _done(ready, given, lent.left):
                line.send(told)
            line.send(Idle())
    line.close()
    os._exit(0)


def _done(ready: Prepared, given: Given, left: Callable[[], float]) -> Iterator[Told]:
    what, ends = given
    if isinstance(what, Again):
        work = Work(ready, again(ready.parts[what.part], what, ends[0]))
        for found in work.steps(left):
            yield replace(found, how=AGAIN), ended(work.relaxation)
    elif isinstance(what, Closer):
        yield Whole(ready, what.band, ends).closer(), None
    else:
        for told in Whole(ready, what, ends).steps():
            yield told if isinstance(told, Again) else (told, None)
