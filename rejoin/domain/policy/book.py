"""The versions of a program's policy, and which of them is in force on a day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rejoin.domain.policy.document import Policy
from rejoin.domain.policy.overlay import Overlay, lay_over


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBook:
    """Versions in ascending order of their first day, with the overlays each one names."""

    versions: tuple[tuple[Policy, tuple[Overlay, ...]], ...]
    _on: dict[date, Policy] = field(default_factory=dict)
    _laid: dict[tuple[int, tuple[bool, ...]], Policy] = field(default_factory=dict)

    def in_force(self, day: date) -> Policy:
        """The version in force on `day`, overlays laid over it; the nearest one where none is."""
        if day not in self._on:
            self._on[day] = self._lay(day)
        return self._on[day]

    def _lay(self, day: date) -> Policy:
        policy, overlays = self.versions[self._place(day)]
        live = tuple(overlay.effective.covers(day) for overlay in overlays)
        key = (self._place(day), live)
        if key not in self._laid:
            for overlay, applies in zip(overlays, live, strict=True):
                policy = lay_over(policy, overlay) if applies else policy
            self._laid[key] = policy
        return self._laid[key]

    def covers(self, day: date) -> bool:
        return any(policy.effective.covers(day) for policy, _ in self.versions)

    def _place(self, day: date) -> int:
        covering = [place for place, (policy, _) in enumerate(self.versions) if policy.effective.covers(day)]
        if covering:
            return covering[-1]
        begun = [place for place, (policy, _) in enumerate(self.versions) if policy.effective.from_on <= day]
        return begun[-1] if begun else 0


def make_book(versions: Sequence[tuple[Policy, tuple[Overlay, ...]]]) -> PolicyBook:
    """A book of `versions` in any order. Where two overlap, the one that began later is in force."""
    ordered = sorted(versions, key=lambda each: (each[0].effective.from_on, each[0].version))
    book = PolicyBook(versions=tuple(ordered))
    for policy, overlays in ordered:
        for overlay in overlays:
            lay_over(policy, overlay)
    return book
