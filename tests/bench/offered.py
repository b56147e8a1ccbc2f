"""Who gets a seat when patients answer one after another: by her own value alone, or less what the seat costs others.

Synthetic. Misses become known hour by hour; each patient is offered three ways at once and answers within a day, or not:
then her hold runs out by the clock. She takes the first, second or third she is offered with the chances of the three
below; what she did not take is not offered to her again, and she is asked once more. Prices of seats are those of the plan
made the evening before, of what was known then; on the first day there are none. Printed with 95% intervals over seeds.
"""

import argparse
import heapq
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from rejoin.domain.makeup.block import Floats
from rejoin.domain.makeup.book import Book, facts_of
from rejoin.domain.makeup.eligible import Index, index_of
from rejoin.domain.makeup.offering import Option, options
from rejoin.domain.makeup.problem import DAY, Instance, Longs
from rejoin.planning.crew import plan
from rejoin.planning.reading import read_instance
from tests.builders.planning import write_instance

TAKES = (0.55, 0.35, 0.25)
"""How likely she takes the first, second and third of what she is offered."""
ANSWERS_WITHIN = DAY
HOLD = DAY // 2
"""The first of three holds a seat for this long; whoever answers later may find it gone."""
ASKED_TWICE = 2
HIGH_RISK = 2
T_95 = {4: 2.776, 9: 2.262}
"""Student's t for so many seeds less one."""


@dataclass(slots=True)
class World:
    """One run: what stands, what is held, and what is known."""

    instance: Instance
    index: Index
    guided: bool
    chance: np.random.Generator
    book: Book
    price: Floats
    held: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Slot and end of the hold, by missed session."""
    declined: list[int] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)

    def offered(self, missed: int, now: int) -> list[Option]:
        """What she is offered now, the first of it held for her."""
        self._let_go(now)
        slots = len(self.instance.slots.ids)
        own = [each for each in self.declined if each // slots == missed]
        marked = np.zeros(len(self.instance.missed.ids), bool)
        marked[missed] = bool(own)
        declined: Longs = np.array(sorted(own), np.int64)
        view = replace(
            self.instance,
            declined=declined,
            missed=replace(self.instance.missed, known_at=np.maximum(self.instance.missed.known_at, now)),
        )
        found = options(
            view,
            replace(self.index, has_declined=marked),
            self.book,
            missed,
            most=3,
            price=self.price if self.guided else None,
        )
        if found:
            self.held[missed] = (found[0].slot, now + HOLD)
            self.book.put(missed, found[0].slot)
        return found

    def answers(self, missed: int, offers: Sequence[Option], now: int) -> bool:
        """Whether she has a seat after her answer."""
        self._let_go(now)
        self._free(missed)
        slots = len(self.instance.slots.ids)
        for each, likely in zip(offers, TAKES, strict=False):
            if self.chance.random() < likely:
                early = self.instance.slots.start[each.slot] > now
                if early and not self.book.why_not(missed, each.slot):
                    self.book.put(missed, each.slot)
                    self.taken[missed] = each.slot
                    return True
            else:
                self.declined.append(missed * slots + each.slot)
        return False

    def _free(self, missed: int) -> None:
        if self.held.pop(missed, None) is not None:
            self._rebuild()

    def _let_go(self, now: int) -> None:
        """Holds run out by the clock."""
        over = [missed for missed, (_, until) in self.held.items() if until <= now]
        for missed in over:
            del self.held[missed]
        if over:
            self._rebuild()

    def _rebuild(self) -> None:
        self.book = Book(instance=self.instance, facts=self.book.facts)
        for missed, slot in self.taken.items():
            self.book.put(missed, slot)
        for missed, (slot, _) in self.held.items():
            self.book.put(missed, slot)


def run(instance: Instance, *, guided: bool, seed: int, nightly: Sequence[Floats]) -> World:
    """Two weeks of misses, offers and answers. `nightly`: prices by day, of the evening before."""
    world = World(
        instance=instance,
        index=index_of(instance),
        guided=guided,
        chance=np.random.default_rng(seed),
        book=Book(instance=instance, facts=facts_of(instance)),
        price=np.zeros(len(instance.slots.ids)),
    )
    # when, who, what was offered (None: to be asked), how often asked
    queue: list[tuple[int, int, int, list[Option] | None]] = [
        (int(known), missed, 0, None) for missed, known in enumerate(instance.missed.known_at.tolist())
    ]
    heapq.heapify(queue)
    while queue:
        now, missed, times, offers = heapq.heappop(queue)
        world.price = nightly[min(now // DAY, len(nightly) - 1)]
        if offers is None:
            found = world.offered(missed, now)
            if found:
                late = int(world.chance.integers(1, ANSWERS_WITHIN))
                heapq.heappush(queue, (now + late, missed, times + 1, found))
        elif not world.answers(missed, offers, now) and times < ASKED_TWICE:
            heapq.heappush(queue, (now + 1, missed, times, None))
    return world


def evenings(instance: Instance) -> list[Floats]:
    """Prices by day: of what was known the evening before, planned afresh."""
    out = [np.zeros(len(instance.slots.ids))]
    last = int(instance.missed.known_at.max())
    for day in range(1, last // DAY + 2):
        now = day * DAY
        known = np.flatnonzero((instance.missed.known_at < now) & (instance.missed.deadline > now))
        missed = instance.missed
        own = replace(
            missed,
            ids=[missed.ids[each] for each in known.tolist()],
            **{
                name: getattr(missed, name)[known]
                for name in ("patient", "start", "service", "module", "deadline", "dependent_at")
            },
            known_at=np.maximum(missed.known_at[known], now),
        )
        out.append(plan(replace(instance, missed=own), seconds=60, workers=2).price)
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--size", type=int, default=1_000)
    asked.add_argument("--seeds", type=int, default=10)
    given = asked.parse_args(arguments)
    shares: dict[str, list[float]] = {}
    for seed in range(1, given.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="rejoin-offered-") as scratch:
            instance = read_instance(write_instance(Path(scratch), size=given.size, seed=seed))
        high = instance.patients.risk[instance.missed.patient] >= HIGH_RISK
        nightly = evenings(instance)
        for name, guided in (("own value", False), ("less half the seat's price", True)):
            taken = np.array(list(run(instance, guided=guided, seed=seed, nightly=nightly).taken), int)
            shares.setdefault(name, []).append(len(taken) / given.size)
            shares.setdefault(f"{name}, high risk", []).append(float(high[taken].sum() / high.sum()))
    for name, values in shares.items():
        print(
            f"{given.size:,} missed, {given.seeds} seeds, recovered by {name}: {interval(values)}", flush=True
        )
    for suffix in ("", ", high risk"):
        pairs = zip(shares[f"less half the seat's price{suffix}"], shares[f"own value{suffix}"], strict=True)
        print(f"difference{suffix}: {interval([one - other for one, other in pairs])}", flush=True)


def interval(values: Sequence[float]) -> str:
    """Mean, and where it lies with 95%, of one number a seed."""
    mean = statistics.mean(values)
    if len(values) - 1 not in T_95:
        return f"{mean:.1%}"
    half = T_95[len(values) - 1] * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:.1%} ({mean - half:.1%} to {mean + half:.1%})"


if __name__ == "__main__":
    main()
