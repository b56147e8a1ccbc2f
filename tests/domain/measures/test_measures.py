"""Scoring at the published boundaries, what is missing, and versions that are never mixed."""

from itertools import pairwise

import pytest

from rejoin.domain.kernel import Refusal
from rejoin.domain.measures import (
    INSTRUMENTS,
    Instrument,
    Level,
    Score,
    chosen,
    concerns,
    difference,
    instrument_called,
    is_reliable,
    left,
    refuse_mixed,
    scores,
    triage,
)
from rejoin.domain.progress.instruments import INSTRUMENTS as ESTIMATED

PHQ9 = instrument_called("phq9", "9")
GAD7 = instrument_called("gad7", "7")
PCL5 = instrument_called("pcl5", "month")
AUDIT_C = instrument_called("audit_c", "3")
BAM = instrument_called("bam", "categorical-30")
BAM_IOP = instrument_called("bam", "iop-7")
CSSRS = instrument_called("cssrs", "screener-recent")
GCQ = instrument_called("gcq", "short-12")


def adding_up_to(instrument: Instrument, points: int) -> dict[str, int]:
    """Answers to every item that come to so many points."""
    answers = {}
    for item in instrument.items:
        answers[item.id] = min(points, max(each.value for each in item.options))
        points -= answers[item.id]
    return answers


def only(instrument: Instrument, answers: dict[str, int]) -> Score:
    (found,) = scores(instrument, answers)
    return found


@pytest.mark.parametrize(
    ("instrument", "points", "band"),
    [
        *((PHQ9, each, "minimal") for each in (0, 4)),
        *((PHQ9, each, "mild") for each in (5, 9)),
        *((PHQ9, each, "moderate") for each in (10, 14)),
        *((PHQ9, each, "moderately severe") for each in (15, 19)),
        *((PHQ9, each, "severe") for each in (20, 27)),
        *((GAD7, each, "minimal") for each in (0, 4)),
        *((GAD7, each, "mild") for each in (5, 9)),
        *((GAD7, each, "moderate") for each in (10, 14)),
        *((GAD7, each, "severe") for each in (15, 21)),
        (PCL5, 30, "below the cut-off of 31 to 33"),
        *((PCL5, each, "within the cut-off of 31 to 33") for each in (31, 33)),
        *((PCL5, each, "above the cut-off of 31 to 33") for each in (34, 80)),
        (AUDIT_C, 2, "below the cut-offs"),
        (AUDIT_C, 3, "at the cut-off for women (3), below the one for men (4)"),
        (AUDIT_C, 4, "at or above the cut-offs for women (3) and men (4)"),
    ],
)
def test_a_total_is_in_its_published_band(instrument: Instrument, points: int, band: str) -> None:
    found = only(instrument, adding_up_to(instrument, points))
    assert (found.points, found.band) == (points, band)
    assert found.scale.bands_source


@pytest.mark.parametrize("instrument", [PHQ9, GAD7, PCL5])
def test_there_is_no_total_while_an_item_is_not_answered(instrument: Instrument) -> None:
    answers = adding_up_to(instrument, 12)
    del answers["3"]
    found = only(instrument, answers)
    assert (found.points, found.band, found.missing) == (None, "", ("3",))
    assert [each.id for each in left(instrument, answers)] == ["3"]


def test_who_never_drinks_is_asked_one_question_alone() -> None:
    assert left(AUDIT_C, {"1": 0}) == ()
    assert only(AUDIT_C, {"1": 0}).points == 0
    assert only(AUDIT_C, {"1": 0, "2": 4}).points == 0
    assert only(AUDIT_C, {"1": 2}).points is None


def test_bam_has_three_scores_and_no_total() -> None:
    worst = {each.id: max(option.value for option in each.options) for each in BAM.items}
    assert {each.scale.key: each.points for each in scores(BAM, worst)} == {
        "bam_use": 12,
        "bam_risk": 24,
        "bam_protective": 24,
    }


@pytest.mark.parametrize(
    ("key", "points", "band"),
    [
        ("bam_use", 0, "none reported"),
        ("bam_use", 1, "clinically significant"),
        ("bam_risk", 11, "below the mark of 12"),
        ("bam_risk", 12, "clinically significant"),
        ("bam_protective", 12, "clinically significant"),
        ("bam_protective", 13, "above the mark of 12"),
    ],
)
def test_bam_is_read_by_its_marks(key: str, points: int, band: str) -> None:
    assert BAM.scale(key).band_of(points) == band


def test_which_drug_is_asked_only_where_one_was_used() -> None:
    assert "7a" not in {each.id for each in left(BAM, {"6": 0})}
    assert "7a" in {each.id for each in left(BAM, {"6": 1})}


def test_one_bam_score_may_be_known_while_another_is_not() -> None:
    found = {each.scale.key: each.points for each in scores(BAM, {"4": 1, "5": 0, "6": 0})}
    assert found == {"bam_use": 1, "bam_risk": None, "bam_protective": None}


def test_group_climate_is_a_mean_of_what_is_answered_up_to_four_missing() -> None:
    four_missing = {str(each): 3 for each in range(1, 9)}
    found = {each.scale.key: each.points for each in scores(GCQ, four_missing)}
    assert found == {"gcq_engaged": 3, "gcq_avoiding": 3, "gcq_conflict": 3}
    five_missing = {str(each): 3 for each in range(1, 8)}
    assert {each.points for each in scores(GCQ, five_missing)} == {None}
    none_of_avoiding = {str(each): 3 for each in range(1, 13) if each not in (3, 5, 9)}
    assert scores(GCQ, none_of_avoiding)[1].points is None


def test_two_versions_are_not_put_on_one_line() -> None:
    refuse_mixed([("bam", "iop-7"), ("bam", "iop-7")])
    with pytest.raises(Refusal, match="two versions"):
        refuse_mixed([("bam", "iop-7"), ("bam", "categorical-30")])
    with pytest.raises(Refusal, match="two versions"):
        difference(scores(BAM, {})[0], scores(BAM_IOP, {})[0])
    with pytest.raises(Refusal, match="no such measure"):
        instrument_called("bam", "continuous")


def test_a_change_is_reliable_from_what_its_source_says() -> None:
    twelve, seven, six = (only(PHQ9, adding_up_to(PHQ9, each)) for each in (12, 7, 6))
    assert difference(twelve, six) == -6
    assert is_reliable(twelve, six) is True
    assert is_reliable(twelve, seven) is False
    assert is_reliable(twelve, only(PHQ9, {})) is None
    assert difference(only(PHQ9, {}), twelve) is None
    assert is_reliable(*(only(AUDIT_C, adding_up_to(AUDIT_C, each)) for each in (0, 12))) is None


def test_any_answer_to_the_last_item_of_the_phq_9_but_not_at_all_asks_for_somebody() -> None:
    assert concerns(PHQ9, {"9": 0}) == ()
    assert concerns(PHQ9, {"8": 3}) == ()
    assert [each.id for each in concerns(PHQ9, {"9": 1})] == ["9"]
    assert concerns(GAD7, adding_up_to(GAD7, 21)) == ()


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        ({"1": 0, "2": 0, "6": 0}, Level.NONE),
        ({"1": 1, "2": 0, "6": 0}, Level.LOW),
        ({"1": 0, "2": 1, "3": 0, "4": 0, "5": 0, "6": 0}, Level.LOW),
        ({"1": 0, "2": 1, "3": 1, "4": 0, "5": 0, "6": 0}, Level.MODERATE),
        ({"1": 0, "2": 0, "6": 1, "6a": 0}, Level.MODERATE),
        ({"1": 0, "2": 1, "3": 0, "4": 1, "5": 0, "6": 0}, Level.HIGH),
        ({"1": 0, "2": 1, "3": 0, "4": 0, "5": 1, "6": 0}, Level.HIGH),
        ({"1": 0, "2": 0, "6": 1, "6a": 1}, Level.HIGH),
    ],
)
def test_the_screener_is_read_as_its_own_table_says(answers: dict[str, int], level: Level) -> None:
    found = triage(answers)
    assert found is not None
    assert found.level is level
    assert found.source


def test_a_screener_with_an_open_question_says_nothing() -> None:
    assert triage({"1": 0, "2": 1, "6": 0}) is None


def test_the_screener_keeps_its_notice_and_is_asked_by_staff() -> None:
    assert CSSRS.notice == "© 2008 The Research Foundation for Mental Hygiene, Inc."
    assert not CSSRS.may_be_sent


def test_what_is_no_answer_is_refused() -> None:
    for wrong in ({"1": 4}, {"10": 0}):
        with pytest.raises(Refusal, match="no answer"):
            scores(PHQ9, wrong)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: f"{each.key}-{each.version}")
def test_every_measure_says_where_it_is_from_and_adds_up_to_its_range(instrument: Instrument) -> None:
    assert instrument.licence
    assert instrument.source
    ids = [each.id for each in instrument.items]
    assert len(set(ids)) == len(ids)
    for scale in instrument.scales:
        assert scale.missing
        assert bool(scale.bands) == bool(scale.bands_source)
        assert all(one.least < other.least for one, other in pairwise(scale.bands))
        if scale.rule == "sum":
            most = sum(max(each.value for each in instrument.item(item).options) for item in scale.items)
            assert (scale.lowest, scale.highest) == (0, most)


def test_spanish_is_offered_only_where_the_whole_measure_is_in_spanish() -> None:
    spoken = {each.name_and_version: each.languages for each in INSTRUMENTS if each.ships}
    both = {each for each, languages in spoken.items() if languages == ("en", "es")}
    assert both == {("phq9", "9"), ("gad7", "7"), ("craving", "plain-1"), ("belonging", "plain-1")}
    assert PCL5.language_for("es") == "en"
    assert PHQ9.language_for("es") == "es"
    assert PHQ9.items[8].said_in("es").startswith("Pensamientos")
    assert PHQ9.items[8].options[0].said_in("es") == "Ningún día"


def test_a_form_is_read_as_far_as_it_can_be() -> None:
    assert chosen(GAD7, {"i1": "2", "i2": "9", "i3": "", "i8": "1", "words": "so"}) == {"1": 2}


def test_words_that_are_not_ours_to_show_are_numbers_from_paper() -> None:
    hidden = [each for each in INSTRUMENTS if not each.ships]
    assert {each.key for each in hidden} == {"bam", "gcq"}
    assert all(item.said_in("en").startswith("Item ") for each in hidden for item in each.items)
    assert PHQ9.is_about_safety
    assert PHQ9.may_be_sent
    assert not any(each.may_be_sent for each in hidden)


def test_a_plain_question_of_ours_is_called_unvalidated() -> None:
    assert {each.key for each in INSTRUMENTS if not each.validated} == {"craving", "belonging"}
    assert CSSRS.item("3").only_if == ("2", 1)


def test_estimates_know_every_number_a_measure_gives_by_the_same_name_and_range() -> None:
    ours = {scale.key: scale for each in INSTRUMENTS for scale in each.scales}
    shared = {key: estimated for key, estimated in ESTIMATED.items() if key in ours}
    assert set(shared) == {"phq9", "gad7", "pcl5", "audit_c", "bam_use", "bam_risk", "bam_protective"}
    for key, estimated in shared.items():
        scale = ours[key]
        assert (scale.lowest, scale.highest, scale.higher_is_worse) == (
            estimated.lowest,
            estimated.highest,
            estimated.higher_is_worse,
        )
    assert ours["pcl5"].change is not None
    assert ours["pcl5"].change.points == 15
