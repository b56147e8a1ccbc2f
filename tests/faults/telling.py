"""What a pair of runs comes to, in words: for whoever reads a failing test, or the figures of a long one."""

from typing import Any

from tests.faults.grounds import Ends

# What a worker logs when something failed that no fault of ours explains.
OURS = (
    "sweep.row_failed",
    "sweep.batch_failed",
    "engine.part_failed",
    "inbox.delivery_failed",
    "sending.call_failed",
)


def own_failures(run: dict[str, Any]) -> dict[str, int]:
    """How often something failed by itself."""
    return {event: run["logged"][event] for event in OURS if event in run["logged"]}


def differences(ends: Ends, *, most: int = 8) -> list[str]:
    """What is in one end and not in the other: some lines of each part."""
    found: list[str] = []
    one, other = ends.undisturbed["ending"], ends.disturbed["ending"]
    for part in sorted(one.keys() | other.keys()):
        here, there = list(one.get(part, ())), list(other.get(part, ()))
        for each in sorted(set(here) & set(there)):
            for _ in range(min(here.count(each), there.count(each))):
                here.remove(each)
                there.remove(each)
        found += [f"{part}: without faults {each}" for each in here[:most]]
        found += [f"{part}: with faults {each}" for each in there[:most]]
    return found


def figures(ends: Ends) -> str:
    """Faults by kind, and what both runs took."""
    lines = [f"{many:6} {kind}" for kind, many in ends.disturbed["counts"].items()]
    lines.append(f"{ends.faults:6} faults, and the webhooks that went wrong")
    for name, run in (("undisturbed", ends.undisturbed), ("disturbed", ends.disturbed)):
        told = ", ".join(f"{what} {many}" for what, many in run["figures"].items() if what != "mishaps")
        lines.append(f"{name}: {told}")
    return "\n".join(lines)
