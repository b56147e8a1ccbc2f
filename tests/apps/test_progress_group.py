"""How a group is doing: the mean of whoever is a member then, how many nobody measured, and nothing of anybody by herself."""

import csv
import re
from collections.abc import Callable
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.common import clock
from rejoin.console.present.progress_group_chart import draw_group
from rejoin.continuity.groups import places_in
from rejoin.insights.figures import bare_columns
from rejoin.insights.models import Due, Ending
from rejoin.insights.progress import progress_of
from rejoin.insights.progress_group import (
    FEWEST_WEEKS,
    WEEKS,
    OfGroup,
    Untold,
    Week,
    progress_of_group,
)
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Enrolment
from tests.apps.scene import START, Scene
from tests.apps.signing import client_of
from tests.apps.test_progress_fitted import after, answered, nightly, scores_of, tell
from tests.apps.test_progress_pages import PHQ9, bare, words

pytestmark = pytest.mark.django_db
SUNDAY = date(2026, 10, 11)
"""The end of the week in which everybody was asked first."""


def of_group(scene: Scene, today: date) -> OfGroup:
    (found,) = progress_of_group(scene.program.pk, places_in(scene.group), today)
    return found


def week(found: OfGroup, until_on: date) -> Week:
    return next(each for each in found.weeks if each.until_on == until_on)


def page(scene: Scene, who: Staff | None = None, *, days: float = 20, name: str = "group_progress") -> Any:
    clock.simulate(shown_at=after(days), rate=0)
    return client_of(who or scene.supervisor).get(reverse(f"console:{name}", args=[scene.group.pk]))


def html(scene: Scene, *, days: float = 20) -> str:
    answer = page(scene, days=days)
    assert answer.status_code == HTTPStatus.OK
    return str(answer.content.decode())


def rows(scene: Scene, *, days: float = 20) -> list[dict[str, str]]:
    told = page(scene, days=days, name="group_progress_file").content.decode()
    return list(csv.DictReader(told.splitlines()))


def put_off(scene: Scene, patient: Patient, weeks: int, how: str) -> None:
    """Asked and not answered, because of `how`; open where that is empty."""
    day = START + timedelta(days=7 * weeks)
    at = day + timedelta(hours=4, minutes=15 * Due.objects.count())
    key, version = PHQ9.name_and_version
    said: dict[str, Any] = {"patient": patient, "at": at, "by": "staff:1"}
    due = Due.objects.create(
        seat=scene.session(patient, starts_at=at, minutes=10).seats.get(),
        program=scene.program,
        instrument=key,
        version=version,
        due_on=day.date(),
        recall_days=PHQ9.recall_days,
        until_at=at + timedelta(days=3),
        **said,
    )
    if how:
        Ending.objects.create(due=due, how=how, **said)


def test_the_mean_is_that_of_the_levels_on_its_members_own_pages() -> None:
    scene = Scene()
    hers = tell(scene, *scores_of(22))
    nightly(after(20))
    today = SUNDAY + timedelta(days=21)
    told = week(of_group(scene, today), SUNDAY + timedelta(days=7))
    own = [
        next(day for day in progress_of(one, today)[0].days if day.on == told.until_on).mean for one in hers
    ]
    assert told.level is not None
    assert told.level.mean == round(float(np.mean(own)))
    assert (told.level.people, told.members, told.measured, told.unmeasured) == (22, 22, 22, 0)


def test_nothing_is_fitted_while_somebody_waits_for_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(*_: object, **__: object) -> None:
        raise AssertionError("fitted on reading")

    monkeypatch.setattr("rejoin.domain.progress.fitting.minimize", waits)
    scene = Scene()
    tell(scene, *scores_of(22))
    found = of_group(scene, SUNDAY + timedelta(days=7))
    assert week(found, SUNDAY).level is not None
    assert found.named == "assumed parameters"


def test_of_fewer_than_five_members_neither_page_nor_file_counts_anything() -> None:
    scene = Scene()
    tell(scene, *[(9, 8, 7)] * 4)
    said = html(scene)
    assert "No mean can be told" in words(said)
    assert "Fewer than five members: nothing is told of them" in words(said)
    picture = said[said.index("progress-picture") :]
    assert re.findall(r'class="(?:dot|count-(?:measured|unmeasured|open))"', picture) == []
    told = rows(scene)
    assert [row["why_none"].split(":")[0] for row in told[-5:]] == [
        "Not asked yet",
        *["Fewer than five members"] * 4,
    ]
    assert {
        row[each] for row in told for each in ("members", "measured", "mean_level_estimate", "low90")
    } == {""}


def test_weeks_before_it_was_asked_are_blank_and_not_hatched() -> None:
    scene = Scene()
    tell(scene, *[(9, 8, 7)] * 4, (9,))
    found = of_group(scene, SUNDAY + timedelta(days=14))
    first = next(at for at, each in enumerate(found.weeks) if each.until_on == SUNDAY)
    assert {each.untold for each in found.weeks[:first]} == {Untold.BEFORE}
    assert [each.untold for each in found.weeks[first:]] == [None, Untold.FEW_MEASURED, Untold.FEW_MEASURED]
    (wide, narrow) = (draw_group(found, kind) for kind in ("wide", "narrow"))
    for picture in (wide, narrow):
        assert (len(picture.dots), len(picture.hatched), len(picture.behind)) == (1, 2, 3)


def test_a_week_that_is_not_over_or_has_some_open_is_not_hatched_before_they_are_closed() -> None:
    scene = Scene()
    hers = tell(scene, *[(9, 8)] * 5, (9,))
    put_off(scene, hers[0], 2, "declined")
    running = of_group(scene, SUNDAY + timedelta(days=11)).weeks[-1]
    assert (running.untold, running.unmeasured) == (Untold.SO_FAR, 1)
    over = of_group(scene, SUNDAY + timedelta(days=14))
    assert over.weeks[-1].untold is Untold.FEW_MEASURED
    assert len(draw_group(over, "wide").hatched) == 1
    put_off(scene, hers[1], 2, "")
    waiting = of_group(scene, SUNDAY + timedelta(days=14))
    assert (waiting.weeks[-1].untold, waiting.weeks[-1].open) == (Untold.SO_FAR, 1)
    assert draw_group(waiting, "wide").hatched == ()
    assert "Fewer than five measured so far" in words(html(scene, days=18))


def test_the_page_says_what_can_be_read_off_it_and_names_the_source_of_its_numbers_once() -> None:
    scene = Scene()
    tell(scene, *scores_of(22))
    said = words(html(scene))
    assert "two weeks leave open 11 points or more" in said
    assert "more weeks, or knowing the others, can leave less" in said
    assert "Counts are exact, and can tell whether she was measured" in said
    assert said.count("Estimated levels, ") == 1


def test_a_week_in_which_fewer_than_five_were_measured_has_no_mean_and_no_line_leads_over_it() -> None:
    scene = Scene()
    hers = tell(scene, *[(9, 8)] * 4, *[(15,)] * 2)
    answered_again(scene, hers, weeks=2)
    found = of_group(scene, SUNDAY + timedelta(days=14))
    told = [week(found, SUNDAY + timedelta(days=7 * each)) for each in range(3)]
    assert [each.untold for each in told] == [None, Untold.FEW_MEASURED, None]
    assert told[1].level is None
    assert [each.measured for each in told] == [6, 4, 6]
    said = html(scene, days=18)
    start = said.index('is-wide"')
    picture = said[start : said.index("</svg>", start)]
    assert picture.count('class="dot"') == 2
    assert 'class="level"' not in picture
    assert "Fewer than five measured: nobody can say how the group was" in words(said)


def answered_again(scene: Scene, hers: list[Patient], *, weeks: int) -> None:
    at = START + timedelta(days=7 * weeks, hours=1)
    session = scene.session(*hers, starts_at=at, seats_max=None)
    answered(scene, list(session.seats.all()), {one.pk: 11 for one in hers}, at, PHQ9)


def test_a_member_counts_on_days_on_which_she_was_one_and_on_no_other() -> None:
    scene = Scene()
    hers = tell(scene, *[(9, 8, 7)] * 6, (27, 27, 27))
    Enrolment.objects.filter(patient=hers[-1]).update(until_on=SUNDAY)
    found = of_group(scene, SUNDAY + timedelta(days=14))
    here, gone = week(found, SUNDAY), week(found, SUNDAY + timedelta(days=7))
    assert (here.members, here.measured, here.scored) == (7, 7, 7)
    assert (gone.members, gone.measured, gone.unmeasured, gone.scored) == (6, 6, 0, 6)
    assert here.level is not None
    assert gone.level is not None
    assert gone.level.mean < 10 < here.level.mean


def test_before_her_first_score_a_member_is_in_no_mean_and_the_page_says_how_many_these_are() -> None:
    scene = Scene()
    tell(scene, *[(9, 8, 7)] * 5)
    never = scene.admit("ada")
    put_off(scene, never, 2, "declined")
    put_off(scene, scene.admit("bea", phone="+15550177"), 2, "")
    told = week(of_group(scene, SUNDAY + timedelta(days=14)), SUNDAY + timedelta(days=14))
    assert (told.members, told.scored, told.due) == (7, 5, 7)
    assert (told.measured, told.unmeasured, told.open) == (5, 1, 1)
    said = words(html(scene, days=18.1))
    assert "Of 2 members (of those of today, never measured) nothing is known by this measure" in said


def test_where_nobody_was_ever_measured_the_page_says_that_nobody_can_say() -> None:
    scene = Scene()
    for number in range(5):
        put_off(scene, scene.admit(f"p{number}", phone=f"+1555040{number:04}"), 0, "not_answered")
    assert "How the group is by this measure, nobody can say." in words(html(scene))
    assert "Not asked in these weeks." in words(html(Scene(slug="morning")))


def test_after_weeks_without_enough_scores_nobody_can_say_how_the_group_is_now() -> None:
    scene = Scene()
    tell(scene, *[(9, 8)] * 6)
    said = words(html(scene, days=60))
    assert "At the end of the latest week with enough scores, on 18 October" in said
    assert "How the group is now, nobody can say." in said


def test_no_figure_of_page_or_file_is_without_how_sure_it_is_and_its_source() -> None:
    scene = Scene()
    tell(scene, *scores_of(22), (9,), (12, 8))
    nightly(after(20))
    assert bare(html(scene, days=21)) == []
    told = rows(scene, days=21)
    assert bare_columns(told[0]) == []
    sure = ("low90", "high90", "low90_if_unseen_is_worse", "high90_if_unseen_is_worse", "members_behind")
    assert sum(bool(row["mean_level_estimate"]) for row in told) == 3
    for row in told:
        assert row["source"]
        assert {bool(row[each]) for each in sure} == {bool(row["mean_level_estimate"])}
        assert not (row["mean_level_estimate"] and row["why_none"])


def test_measured_not_measured_and_open_are_different_shapes() -> None:
    scene = Scene()
    tell(scene, *[(9, 8, 7)] * 5)
    put_off(scene, scene.admit("ada"), 2, "declined")
    put_off(scene, scene.admit("bea", phone="+15550177"), 2, "")
    said = html(scene, days=18.1)
    start = said.index('is-narrow"')
    picture = said[start : said.index("</svg>", start)]
    assert [picture.count(f'class="count-{each}"') for each in ("measured", "unmeasured", "open")] == [
        3,
        1,
        1,
    ]
    assert " style=" not in said
    assert len(set(ids := re.findall(r' id="([^"]+)"', said))) == len(ids)


def test_whoever_answers_for_the_program_reads_it_and_to_others_it_is_not_there() -> None:
    scene, other = Scene(), Scene(slug="morning")
    tell(scene, *[(9, 8, 7)] * 6)
    leads, bills = scene.hire("dora", "facilitator"), scene.hire("bill", "billing")
    for name in ("group_progress", "group_progress_file"):
        for who in (scene.supervisor, scene.coordinator, scene.ben):
            assert page(scene, who, name=name).status_code == HTTPStatus.OK
        for who in (leads, other.supervisor, bills):
            assert page(scene, who, name=name).status_code == HTTPStatus.NOT_FOUND
    link = reverse("console:group_progress", args=[scene.group.pk])
    assert link in page(scene, name="group").content.decode()
    assert link not in page(scene, leads, name="group").content.decode()
    assert reverse("console:group", args=[scene.group.pk]) in html(scene)
    programs = client_of(scene.supervisor).get(reverse("console:progress")).content.decode()
    assert link in programs


@pytest.mark.parametrize("name", ["group_progress", "group_progress_file"])
def test_it_asks_as_often_for_many_members_and_scores_as_for_few(name: str) -> None:
    scene = Scene()
    tell(scene, (9, 8))
    asked = queries(lambda: page(scene, days=25, name=name))
    for number, points in enumerate(scores_of(6)):
        one = scene.admit(f"more{number}", sms=False)
        for weeks, each in enumerate(points):
            at = START + timedelta(days=7 * weeks + 1 + number)
            answered(scene, list(scene.session(one, starts_at=at).seats.all()), {one.pk: each}, at, PHQ9)
    assert queries(lambda: page(scene, days=25, name=name)) == asked


def queries(asks: Callable[[], Any]) -> int:
    asks()
    with CaptureQueriesContext(connection) as asked:
        assert asks().status_code == HTTPStatus.OK
    return len(asked)


def test_the_picture_begins_where_it_was_first_asked_and_holds_twelve_weeks_at_the_least() -> None:
    scene = Scene()
    tell(scene, *[(9, 8, 7)] * 6)
    assert len(of_group(scene, SUNDAY).weeks) == FEWEST_WEEKS
    later = of_group(scene, SUNDAY + timedelta(days=7 * 17)).weeks
    assert (len(later), later[0].until_on, later[0].measured) == (18, SUNDAY, 6)
    assert len(of_group(scene, SUNDAY + timedelta(days=7 * 26)).weeks) == WEEKS
