"""An overlay laid over a policy: it can only tighten. Where the two differ the stricter rule stands."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from rejoin.domain.attendance import EarlyLeave, ExcuseRules, OnCutoff, PresenceRules
from rejoin.domain.policy import fields as want
from rejoin.domain.policy.document import (
    Effective,
    HoursRules,
    MakeupRules,
    OutreachRules,
    Policy,
    RequirementRule,
    TriggerRule,
)
from rejoin.domain.policy.fields import Fields, PolicyProblem
from rejoin.domain.policy.reading import (
    ANY_TIME,
    InvalidPolicy,
    check_references,
    read_credit,
    read_effective,
    read_excuse,
    read_hours,
    read_makeup,
    read_outreach,
    read_requirement,
    read_trigger,
)

T = TypeVar("T")
HARSHER_LEAVE = (EarlyLeave.FLAG_ONLY, EarlyLeave.PARTIAL, EarlyLeave.MISSED)
HARSHER_CUTOFF = (OnCutoff.ADMIT, OnCutoff.ASK, OnCutoff.NOT_ADMITTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The rules of an overlay document; a section it leaves out changes nothing."""

    id: str
    version: int
    effective: Effective
    presence: dict[str, Any]
    excuse: ExcuseRules | None
    outreach: OutreachRules | None
    hours: HoursRules | None
    makeup: MakeupRules | None
    triggers: tuple[TriggerRule, ...]
    requirements: tuple[RequirementRule, ...]
    stated: frozenset[str]
    """The keys it states, as "excuse.reasons"; what it does not state changes nothing."""


def read_overlay(document: object) -> Overlay:
    """The overlay in a parsed document: any section of a policy, none of them required."""
    problems: list[PolicyProblem] = []
    top = Fields(document, (), problems)
    effective = top.section("effective")
    excuse, outreach, hours = top.section("excuse"), top.section("outreach"), top.section("hours")
    makeup = top.section("makeup")
    overlay = Overlay(
        id=top.read("id", want.a_word, required=True) or "",
        version=top.read("version", want.a_count, required=True) or 0,
        effective=read_effective(effective) if effective is not None else ANY_TIME,
        presence=_read_presence(top.section("presence")),
        excuse=read_excuse(excuse) if excuse is not None else None,
        outreach=read_outreach(outreach) if outreach is not None else None,
        hours=read_hours(hours) if hours is not None else None,
        makeup=read_makeup(makeup) if makeup is not None else None,
        triggers=tuple(read_trigger(each) for each in top.sections("triggers")),
        requirements=tuple(read_requirement(each) for each in top.sections("requirements")),
        stated=_stated(top, excuse=excuse, outreach=outreach, hours=hours, makeup=makeup),
    )
    for key in ("title", "timezone", "part2", "billing", "holidays"):
        if key in top and key != "title":
            top.complain("has no place in an overlay, which only tightens a policy's rules", key)
    top.finish()
    if problems:
        raise InvalidPolicy(problems)
    return overlay


TIGHTENS = {
    "excuse": {"allowed", "notice", "reasons", "never_counts", "cite"},
    "outreach": {"open_on", "elevated_when", "first_attempt_within", "cite"},
    "hours": {"min_per_week", "max_per_week", "countable_modes", "cite"},
    "makeup": {"window", "max_per_week", "max_per_day", "modes", "cite"},
}
"""What an overlay may state of each section. A ladder, a week or quiet hours are the policy's own."""


def _stated(top: Fields, **sections: Fields | None) -> frozenset[str]:
    """The keys stated; one that an overlay cannot tighten is a problem and not passed over."""
    found = set()
    for name, section in sections.items():
        for key in section.mapping if section is not None else ():
            if key in TIGHTENS[name]:
                found.add(f"{name}.{key}")
            else:
                top.complain("has no place in an overlay, which only tightens", name, str(key))
    return frozenset(found)


def _read_presence(section: Fields | None) -> dict[str, Any]:
    """The presence rules an overlay states. Those it does not state are not there."""
    if section is None:
        return {}
    credit = section.section("credit")
    stated = {
        "grace": section.read("grace", want.a_duration),
        "late_cutoff": section.read("late_cutoff", want.a_duration),
        "on_cutoff": section.read("on_cutoff", want.one_of(OnCutoff)),
        "early_leave": section.read("early_leave", want.a_duration),
        "early_leave_is": section.read("early_leave_is", want.one_of(EarlyLeave)),
        "breaks_count": section.read("breaks_count", want.a_bool),
        "credit": read_credit(credit) if credit is not None else None,
    }
    section.finish()
    return {key: value for key, value in stated.items() if value is not None}


def lay_over(policy: Policy, overlay: Overlay) -> Policy:
    """`policy` tightened by `overlay`. Its triggers and requirements are added to the policy's."""
    tightened = replace(
        policy,
        presence=_tighten_presence(policy.presence, overlay.presence),
        excuse=_tighten_excuse(policy.excuse, overlay.excuse, overlay.stated)
        if overlay.excuse
        else policy.excuse,
        outreach=_tighten_outreach(policy.outreach, overlay.outreach, overlay.stated)
        if overlay.outreach
        else policy.outreach,
        hours=_tighten_hours(policy.hours, overlay.hours) if overlay.hours else policy.hours,
        makeup=_tighten_makeup(policy.makeup, overlay.makeup),
        triggers=policy.triggers + overlay.triggers,
        requirements=policy.requirements + overlay.requirements,
    )
    problems: list[PolicyProblem] = []
    check_references(tightened, Fields({}, (), problems))
    if problems:
        raise InvalidPolicy(problems)
    return tightened


def _stricter(choose: Callable[[T, T], T], left: T | None, right: T | None) -> T | None:
    """The stricter of two rules, where no rule is the loosest."""
    if left is None or right is None:
        return left if right is None else right
    return choose(left, right)


def _tighten_presence(base: PresenceRules, over: dict[str, Any]) -> PresenceRules:
    early = _stricter(min, base.early_leave, over.get("early_leave"))
    return replace(
        base,
        grace=min(base.grace, over.get("grace", base.grace)),
        late_cutoff=_stricter(min, base.late_cutoff, over.get("late_cutoff")),
        on_cutoff=max(base.on_cutoff, over.get("on_cutoff", base.on_cutoff), key=HARSHER_CUTOFF.index),
        early_leave=early,
        early_leave_is=max(
            base.early_leave_is, over.get("early_leave_is", base.early_leave_is), key=HARSHER_LEAVE.index
        ),
        breaks_count=base.breaks_count and over.get("breaks_count", True),
        credit=_stricter_credit(base, over),
    )


def _stricter_credit(base: PresenceRules, over: dict[str, Any]) -> Any:
    """The higher credit, where both are told the same way; minutes and shares do not compare."""
    mine, theirs = base.credit, over.get("credit")
    if theirs is None:
        return mine
    if mine.minutes is not None and theirs.minutes is not None:
        return mine if mine.minutes >= theirs.minutes else theirs
    if mine.share is not None and theirs.share is not None:
        return mine if mine.share >= theirs.share else theirs
    problem = PolicyProblem(
        path=("presence", "credit"), message="must be told as the policy tells it: minutes or share"
    )
    raise InvalidPolicy([problem])


def _tighten_excuse(base: ExcuseRules, over: ExcuseRules, stated: frozenset[str]) -> ExcuseRules:
    return replace(
        base,
        allowed=base.allowed and over.allowed,
        notice=_stricter_notice(base, over) if "excuse.notice" in stated else base.notice,
        reasons=base.reasons & over.reasons if "excuse.reasons" in stated else base.reasons,
        never_counts=base.never_counts & over.never_counts
        if "excuse.never_counts" in stated
        else base.never_counts,
    )


def _stricter_notice(base: ExcuseRules, over: ExcuseRules) -> Any:
    """The longer notice; accepting no notice at all, only reasons, is stricter than any."""
    if base.notice is None or over.notice is None:
        return None
    return max(base.notice, over.notice)


def _tighten_outreach(base: OutreachRules, over: OutreachRules, stated: frozenset[str]) -> OutreachRules:
    """Cases open on more, and the clock is shorter. Ladders are the policy's own."""
    return replace(
        base,
        open_on=base.open_on | over.open_on if "outreach.open_on" in stated else base.open_on,
        elevated_when=base.elevated_when | over.elevated_when,
        first_attempt_within=_stricter(min, base.first_attempt_within, over.first_attempt_within),
    )


def _tighten_hours(base: HoursRules, over: HoursRules) -> HoursRules:
    return replace(
        base,
        min_per_week=_stricter(max, base.min_per_week, over.min_per_week),
        max_per_week=_stricter(min, base.max_per_week, over.max_per_week),
        countable_modes=base.countable_modes & over.countable_modes,
    )


def _tighten_makeup(base: MakeupRules | None, over: MakeupRules | None) -> MakeupRules | None:
    """Fewer make-ups in less time, closing no more than the policy lets them close."""
    if base is None or over is None:
        return base
    shared = {mode: base.modes[mode] & over.modes[mode] for mode in base.modes if mode in over.modes}
    return replace(
        base,
        window=_stricter(min, base.window, over.window),
        max_per_week=_stricter(min, base.max_per_week, over.max_per_week),
        max_per_day=_stricter(min, base.max_per_day, over.max_per_day),
        modes=shared if over.modes else base.modes,
    )
