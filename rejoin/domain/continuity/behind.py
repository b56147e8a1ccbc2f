"""Who is behind on what, before a session."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from rejoin.domain.attendance import Session
from rejoin.domain.continuity.curriculum import Curriculum, Link, Unit, links_under
from rejoin.domain.continuity.placing import unit_called
from rejoin.domain.continuity.repairs import Happened, Repair, Standing, standing_of
from rejoin.domain.kernel import Reason


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that the session stands on and that she has not had."""

    unit: Unit
    link: Link
    standing: Standing
    because: tuple[Reason, ...]

    @property
    def waits_for_sign_off(self) -> bool:
        """What is left is the clinician's, and not hers."""
        return self.standing.state is Repair.MATERIAL_DONE


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """How one patient comes into a session. `repeats`: she has had its unit before, and takes it again."""

    patient: str
    missing: tuple[Missing, ...]
    repeats: bool
    because: tuple[Reason, ...]

    @property
    def is_behind(self) -> bool:
        return bool(self.missing)


def who_is_behind(
    curriculum: Curriculum,
    session: Session,
    patients: Mapping[str, Iterable[Happened]],
    *,
    now: datetime,
    sign_off: bool = True,
) -> tuple[Readiness, ...]:
    """How each patient comes into `session`, by what happened to her until `now`, in the order given.

    Whoever was never in a unit that this one needs is behind on it too: she joined later, or it was not recorded.
    """
    unit = unit_called(curriculum, session.module)
    if unit is None:
        why = Reason(rule="continuity.unknown_module", text="its module is no unit of this curriculum")
        return tuple(_ready(each, (why,)) for each in patients)
    links = links_under(curriculum, unit)
    return tuple(
        _readiness(each, unit, links, tuple(happened), now, sign_off) for each, happened in patients.items()
    )


def _readiness(
    patient: str,
    unit: Unit,
    links: Mapping[str, Link],
    happened: tuple[Happened, ...],
    now: datetime,
    sign_off: bool,
) -> Readiness:
    if standing_of(unit.id, happened, now=now, sign_off=sign_off).clear:
        text = f"she takes {unit.module} again: she is not behind"
        return _ready(patient, (Reason(rule="continuity.repeats", text=text),), repeats=True)
    missing: list[Missing] = []
    for under, link in links.items():
        standing = standing_of(under, happened, now=now, sign_off=sign_off)
        if not standing.clear:
            because = (link.reason, *standing.because)
            missing.append(Missing(unit=link.under, link=link, standing=standing, because=because))
    if missing:
        because = tuple(reason for each in missing for reason in each.because)
        return Readiness(patient=patient, missing=tuple(missing), repeats=False, because=because)
    text = f"she has had all that {unit.module} builds on" if links else f"{unit.module} builds on nothing"
    return _ready(patient, (Reason(rule="continuity.ready", text=text),))


def _ready(patient: str, because: tuple[Reason, ...], *, repeats: bool = False) -> Readiness:
    return Readiness(patient=patient, missing=(), repeats=repeats, because=because)
