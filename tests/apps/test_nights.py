"""Nights of programs: one that fails is pushed forward and told, keeps no other, and the doctor says what estimates are worth."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from rejoin.common import clock
from rejoin.insights import parameters, risk
from rejoin.insights.nights_models import Postponed
from rejoin.insights.parameters import sweep_parameters
from rejoin.insights.parameters_models import ProgressFit
from rejoin.insights.risk import model_version, sweep_risk
from rejoin.insights.risk_models import RiskRun
from rejoin.operations.health.asking import examine
from rejoin.operations.health.report import Check
from tests.apps.scene import START, Scene
from tests.apps.test_progress_fitted import tell
from tests.apps.test_risk_estimates import after, weeks_of

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
FIRST_BACKOFF, SECOND_BACKOFF = timedelta(seconds=30), timedelta(seconds=60)
SAID: Any = {"at": START, "by": "system:engine"}


def found(name: str) -> Check:
    return next(check for check in examine().checks if check.name == name)


class Poison:
    """A program whose record cannot be read, as long as it lasts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any, reads: str, program: int) -> None:
        self.times, self.lasts = 0, True
        read = getattr(module, reads)

        def fail(asked: int, **more: Any) -> Any:
            if asked == program and self.lasts:
                self.times += 1
                raise ValueError
            return read(asked, **more)

        monkeypatch.setattr(module, reads, fail)


NIGHTLY = [
    pytest.param(risk, "read_weeks", sweep_risk, RiskRun, id="risk"),
    pytest.param(parameters, "pools_of", sweep_parameters, ProgressFit, id="parameters"),
]


@pytest.mark.parametrize(("module", "reads", "sweep", "made"), NIGHTLY)
def test_a_program_whose_night_fails_is_left_alone_for_a_while_and_keeps_no_other(
    monkeypatch: pytest.MonkeyPatch, module: Any, reads: str, sweep: Callable[..., int], made: Any
) -> None:
    broken, other = Scene(slug="evening"), Scene(slug="morning")
    for scene in (broken, other):
        tell(scene, (9, 8), (12, 10))
    poison = Poison(monkeypatch, module, reads, broken.program.pk)

    def passes(at: datetime) -> set[int]:
        clock.simulate(shown_at=at, rate=0)
        while sweep(now=at):
            pass
        return set(made.objects.values_list("program_id", flat=True))

    failed = after(3)
    assert passes(failed) == {other.program.pk}
    left = Postponed.objects.get()
    assert (left.program, left.failures, left.error) == (broken.program, 1, "ValueError")
    assert left.next_try_at == failed + FIRST_BACKOFF
    check = found("engine.poisoned")
    assert check.ids == (f"program:{broken.program.pk}",)
    assert "ValueError" in check.said

    so_far = poison.times
    assert so_far == 1  # a night is heavy: one that fails is not tried twice over
    passes(failed + FIRST_BACKOFF - SECOND)
    assert poison.times == so_far
    passes(failed + FIRST_BACKOFF)
    left.refresh_from_db()
    assert (left.failures, left.next_try_at) == (2, failed + FIRST_BACKOFF + SECOND_BACKOFF)

    poison.lasts = False
    healed = failed + FIRST_BACKOFF + SECOND_BACKOFF
    assert passes(healed) == {broken.program.pk, other.program.pk}
    left.refresh_from_db()
    assert (left.failures, left.error) == (0, "")
    assert found("engine.poisoned").ok


@pytest.mark.parametrize(("module", "reads", "sweep", "made"), NIGHTLY)
def test_a_night_that_failed_for_a_year_is_still_tried_and_a_quarter_of_an_hour_apart(
    monkeypatch: pytest.MonkeyPatch, module: Any, reads: str, sweep: Callable[..., int], made: Any
) -> None:
    scene = Scene()
    tell(scene, (9, 8))
    Poison(monkeypatch, module, reads, scene.program.pk)
    at = after(3)
    work = "risk" if made is RiskRun else "parameters"
    Postponed.objects.create(program=scene.program, work=work, failures=32_767, next_try_at=at)
    assert sweep(now=at) == 1
    left = Postponed.objects.get()
    assert left.next_try_at == at + timedelta(minutes=15)


def a_run(scene: Scene, **columns: Any) -> RiskRun:
    given: dict[str, Any] = {
        "model": model_version(),
        "patients": 0,
        "ranked": 0,
        "followed": 60,
        "events": 3,
    }
    return RiskRun.objects.create(program=scene.program, **{**given, "calibrated": True, **SAID, **columns})


def test_the_doctor_names_a_program_whose_record_was_left_out_of_a_night_and_more() -> None:
    scene = Scene()
    assert found("estimates.made").ok  # nothing to estimate yet
    weeks_of(scene, ["111"])
    clock.simulate(shown_at=after(3), rate=0)
    check = found("estimates.made")
    assert not check.ok
    assert check.ids == ("evening",)
    assert "evening (none yet)" in check.said
    # While the program is left alone, or a database was lost, no row is named anywhere but in the log.
    assert "its log says what keeps it" in check.do
    assert "engine.poisoned" in check.do
    while sweep_risk(now=after(3)):
        pass
    assert found("estimates.made").ok
    clock.simulate(shown_at=after(3) + timedelta(days=1), rate=0)
    assert found("estimates.made").ok  # tonight's may be at work
    clock.simulate(shown_at=after(3) + timedelta(days=2), rate=0)
    assert "evening (last up to 28 Oct 2026)" in found("estimates.made").said


def test_the_doctor_tells_by_program_of_ranks_of_percentages_and_of_drift() -> None:
    assert found("estimates.fit").said == "Nothing is estimated yet."
    day = START.date()
    a_run(Scene(slug="few"), until_on=day, followed=12, calibrated=False)
    fine = Scene(slug="fine")
    a_run(fine, until_on=day, fits="steady", fits_because="1 and 1")
    check = found("estimates.fit")
    assert (check.ok, check.note, check.count, check.do) == (True, True, 0, "")
    assert check.said == (
        "few: up to 7 Oct 2026, ranks only (12 patients followed, about 50 are needed for percentages); "
        "fine: up to 7 Oct 2026, percentages (60 patients followed), steady when looked at on 7 Oct 2026."
    )
    a_run(fine, until_on=day + timedelta(days=7), fits="drifted", fits_because="9 and 1")
    a_run(fine, until_on=day + timedelta(days=8))
    check = found("estimates.fit")
    assert (check.note, check.count, check.ids) == (True, 1, ("fine",))
    assert check.said.startswith(
        "Earlier percentages have not come true in 1 program. fine: up to 15 Oct 2026"
    )
    assert "ranks only (60 patients followed), drifted when looked at on 14 Oct 2026" in check.said
    assert "withheld" in check.do


def test_the_doctor_names_a_few_programs_and_counts_the_rest() -> None:
    for number in range(7):
        a_run(Scene(slug=f"p{number}"), until_on=START.date())
    assert found("estimates.fit").said.endswith("; 2 more.")
