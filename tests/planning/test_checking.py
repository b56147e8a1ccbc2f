"""The checker of plans: takes a good plan, refuses one that breaks any single rule, and counts as the contract does."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rejoin.cli import main
from rejoin.planning.checking import Verdict, check_plan
from rejoin.planning.reading import read_instance
from rejoin.sheets.refused import BadInput
from tests.planning.folder import GOOD_PLAN, Pair, PlanningFolder, as_parquet, good_folder, write_plan

Spoil = Callable[[PlanningFolder], object]
ADA, BEN, CLEO = 0, 1, 2
S1, S2, S3, S4, S5 = range(5)


@pytest.fixture
def folder(tmp_path: Path) -> PlanningFolder:
    return good_folder(tmp_path / "folder")


def check(folder: PlanningFolder, plan: Sequence[Pair] = GOOD_PLAN) -> Verdict:
    return check_plan(folder.write(), write_plan(folder.path / "PLAN.csv", plan))


def test_a_plan_that_keeps_every_rule_is_accepted(folder: PlanningFolder) -> None:
    verdict = check(folder)
    assert (verdict.ok, verdict.violations, verdict.notes) == (True, [], [])
    assert verdict.by_kind == {"cohort": 1, "extra": 2, "individual": 2}
    assert (verdict.recovered, verdict.recovered_high_risk, verdict.full_weeks) == (5, 3, 3)


def slot(row: int, **cells: object) -> Spoil:
    return lambda folder: folder.change("slots", row, **cells)


def missed(row: int, **cells: object) -> Spoil:
    return lambda folder: folder.change("missed", row, **cells)


def patient(row: int, **cells: object) -> Spoil:
    return lambda folder: folder.change("patients", row, **cells)


def taken(missed_id: str, slot_id: str, state: str) -> Spoil:
    return lambda folder: folder.row("taken", missed_id=missed_id, slot_id=slot_id, state=state)


def cap(**caps: int) -> Spoil:
    return lambda folder: folder.params.update(caps)


def all_of(*spoils: Spoil) -> Spoil:
    def spoil(folder: PlanningFolder) -> None:
        for each in spoils:
            each(folder)

    return spoil


def conflict(a: str, b: str) -> Spoil:
    return lambda folder: folder.row("conflicts", patient_a=a, patient_b=b)


def member(cohort: str, patient_id: str) -> Spoil:
    return lambda folder: folder.row("members", cohort=cohort, patient_id=patient_id)


def free(row: int, start: int, end: int) -> Spoil:
    return lambda folder: folder.change("availability", row, start=start, end=end)


BROKEN: dict[str, tuple[str, Spoil]] = {
    "before the absence was known": ("known_at", missed(0, known_at=2341)),
    "before an absence that nobody told of": (
        "known_at",
        missed(0, known_at="", session_start=2341, deadline=20160),
    ),
    "after the deadline": ("deadline", missed(0, deadline=2399)),
    "free too late": ("free", free(ADA, 2341, 20160)),
    "free not to the end": ("free", free(ADA, 0, 3839)),
    "never free": ("free", lambda folder: folder.tables["availability"].pop(BEN)),
    "not licensed where she is": ("licence", slot(S1, licensed_states="NY;VT")),
    "licensed nowhere": ("licence", slot(S3, licensed_states="")),
    "in a state that nobody gave": ("licence", patient(BEN, state="")),
    "in a language that she does not speak": ("language", slot(S1, language="pt")),
    "in no language": ("language", slot(S1, language="")),
    "for another gender": ("gender", slot(S1, gender_only="m")),
    "for another age": ("age_band", slot(S1, age_band="adolescent")),
    "of her own cohort": ("own_cohort", slot(S1, cohort="hers")),
    "with a regular member she is in conflict with": (
        "conflict_with_member",
        all_of(member("theirs", "ben"), conflict("ben", "ada")),
    ),
    "declined": ("declined", taken("m1", "s1", "declined")),
    "a cohort of another module": ("cohort_content", slot(S1, module="skill2")),
    "a cohort of another service": ("cohort_content", slot(S1, service="psychoed")),
    "a cohort of another track": ("cohort_content", slot(S1, track="dbt")),
    "an extra of another track and module": ("extra_content", slot(S2, module="skill2")),
    "a process group of another track": (
        "extra_content",
        all_of(slot(S2, service="process", module=""), missed(1, service="process", module="")),
    ),
    "of another pod": ("pod", slot(S3, pod="far")),
    "of no pod": ("pod", all_of(slot(S3, pod=""), patient(BEN, pod=""))),
    "no seats": ("seats", slot(S1, seats=0)),
    "two positions of a block": ("block", slot(S4, start=2370)),
    "two make-ups at once": ("overlap", slot(S2, start=2370, end=2430)),
    "more than a day holds": ("max_per_day", all_of(cap(max_per_day=1), slot(S2, start=2460, end=2520))),
    "more than a week holds": ("max_per_week", all_of(cap(max_per_week=1), patient(CLEO, payer="other"))),
    "an accepted pair left out": ("standing", taken("m6", "s6", "accepted")),
    "a held pair left out": ("standing", taken("m6", "s6", "held")),
}


@pytest.mark.parametrize(("rule", "spoil"), BROKEN.values(), ids=BROKEN)
def test_a_plan_that_breaks_one_rule_is_refused_for_that_rule(
    folder: PlanningFolder, rule: str, spoil: Spoil
) -> None:
    folder.missed("m6", "ben", service="psychoed").slot("s6", 7000, kind="extra")
    folder.row("payers", payer="other", week_start="sun", counts_individual=1, counts_extra=1)
    spoil(folder)
    verdict = check(folder)
    assert not verdict.ok
    assert {each.rule for each in verdict.violations} == {rule}
    named = verdict.violations[0]
    assert named.missed_id.startswith("m")
    assert named.slot_id.startswith("s")
    assert named.because
    read_instance(folder.path)  # the folder itself is fine: it is the plan that is not


def test_two_individual_seats_are_one_whatever_the_file_says(folder: PlanningFolder) -> None:
    folder.missed("m6", "cleo").change("slots", S3, seats=5)
    verdict = check(folder, [("m3", "s3"), ("m6", "s3")])
    assert {each.rule for each in verdict.violations} == {"seats"}


def test_two_in_conflict_do_not_meet_in_one_group(folder: PlanningFolder) -> None:
    folder.change("patients", CLEO, cohort="")
    conflict("cleo", "ada")(folder)
    plan = [("m1", "s1"), ("m4", "s1")]
    verdict = check(folder, plan)
    assert [(each.rule, each.missed_id, each.slot_id) for each in verdict.violations] == [
        ("conflict_in_group", "m1", "s1"),
        ("conflict_in_group", "m4", "s1"),
    ]


@pytest.mark.parametrize(
    ("plan", "rules"),
    [
        ([("m1", "s1"), ("m1", "s2")], {"one_slot_each"}),
        ([("m1", "s1"), ("m1", "s1")], {"one_slot_each"}),
        ([("nobody", "s1")], {"known_missed"}),
        ([("m1", "nowhere")], {"known_slot"}),
        ([("", "")], {"known_missed", "known_slot"}),
    ],
)
def test_what_the_plan_names_exists_and_once(
    folder: PlanningFolder, plan: list[Pair], rules: set[str]
) -> None:
    if plan == [("", "")]:
        folder.write()
        (folder.path / "PLAN.csv").write_text("slot_id,missed_id,note\n,,x\n\n")
        verdict = check_plan(folder.path, folder.path / "PLAN.csv")
    else:
        verdict = check(folder, plan)
    assert {each.rule for each in verdict.violations} == rules


def test_a_pair_that_stands_is_kept_though_it_would_not_be_proposed_any_more(folder: PlanningFolder) -> None:
    taken("m1", "s1", "accepted")(folder)
    folder.change("slots", S1, licensed_states="NY")
    verdict = check(folder)
    assert verdict.ok
    assert [(each.rule, each.missed_id) for each in verdict.notes] == [("licence", "m1")]


def test_a_pair_that_stands_uses_its_seat_even_where_the_plan_leaves_it_out(folder: PlanningFolder) -> None:
    folder.missed("m6", "ben").change("slots", S1, seats=1)
    taken("m6", "s1", "held")(folder)
    assert {each.rule for each in check(folder, [("m1", "s1")]).violations} == {"standing", "seats"}


def test_days_are_of_her_own_clock(folder: PlanningFolder) -> None:
    folder.params["max_per_day"] = 1
    # 04:00 and 05:30 UTC of one day are yesterday and today, five hours behind
    folder.change("slots", S1, start=1440 * 2 + 240, end=1440 * 2 + 299)
    folder.change("slots", S2, start=1440 * 2 + 330, end=1440 * 2 + 390)
    assert check(folder).ok
    folder.change("patients", ADA, utc_offset_minutes=0)
    assert {each.rule for each in check(folder).violations} == {"max_per_day"}


@pytest.mark.parametrize(("week_start", "rules"), [("mon", {"max_per_week"}), ("sun", set())])
def test_weeks_begin_when_her_payers_do(folder: PlanningFolder, week_start: str, rules: set[str]) -> None:
    folder.params["max_per_week"] = 1
    folder.change("payers", 0, week_start=week_start)
    sunday = 6 * 1440 + 600
    folder.change("slots", S2, start=sunday, end=sunday + 60)
    plan = [("m1", "s1"), ("m2", "s2")]
    assert {each.rule for each in check(folder, plan).violations} == rules


def test_free_intervals_that_touch_are_one(folder: PlanningFolder) -> None:
    folder.change("availability", ADA, end=2370).row("availability", patient_id="ada", start=2370, end=20160)
    assert check(folder).ok


def test_typed_parquet_is_worth_what_csv_is(folder: PlanningFolder) -> None:
    taken("m1", "s1", "accepted")(folder)
    folder.change("missed", 0, dependent_at=5000).change("patients", BEN, preferred_hour="")
    expected = check(folder)
    found = check_plan(Path(__file__).parent / "typed", folder.path / "PLAN.csv")
    assert found == expected
    assert found.ok


def test_ids_that_are_numbers_are_the_same_whatever_holds_them(folder: PlanningFolder) -> None:
    """A column with gaps holds floats, one without whole numbers, another library decimals."""
    ids = {"ada": "14", "ben": "1000000000000000000", "cleo": "0"}
    for table in ("patients", "availability", "missed"):
        for row, cells in enumerate(folder.tables[table]):
            folder.change(table, row, patient_id=ids[cells["patient_id"]])
    for table in ("patients", "slots"):
        for row in range(len(folder.tables[table])):
            folder.change(table, row, pod="7")
    expected = check(folder)
    as_parquet(folder, "patients", "* REPLACE (patient_id::BIGINT AS patient_id, pod::BIGINT AS pod)")
    as_parquet(folder, "availability", "* REPLACE (patient_id::DECIMAL(20, 1) AS patient_id)")
    as_parquet(folder, "missed", "* REPLACE (patient_id::DOUBLE AS patient_id)")
    as_parquet(folder, "slots", "* REPLACE (pod::DOUBLE AS pod)")
    assert len(read_instance(folder.path).missed.ids) == len(GOOD_PLAN)
    found = check_plan(folder.path, folder.path / "PLAN.csv")
    assert found == expected
    assert found.ok


def test_a_column_that_a_file_leaves_out_is_not_given(folder: PlanningFolder) -> None:
    expected = check(folder)
    for name in ("missed", "slots"):
        path = folder.path / f"{name}.csv"
        path.write_text("".join(f"{line.rpartition(',')[0]}\n" for line in path.read_text().splitlines()))
    assert check_plan(folder.path, folder.path / "PLAN.csv") == expected


def run(folder: PlanningFolder, *options: str, plan: Sequence[Pair] = GOOD_PLAN) -> Result:
    path = write_plan(folder.path.parent / "PLAN.csv", plan)
    arguments = ["makeup", "check", str(folder.write()), str(path), *options]
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_the_command_answers_in_words_and_in_json(folder: PlanningFolder) -> None:
    told = run(folder)
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "every rule is kept")
    answer = json.loads(run(folder, "--json").output)
    assert answer["ok"] is True
    assert answer["violations"] == answer["notes"] == []
    assert set(answer) == {
        *("ok", "objective", "recovered", "recovered_high_risk", "full_weeks", "by_kind"),
        *("violations", "notes"),
    }


def test_the_command_ends_with_one_where_a_rule_is_broken(folder: PlanningFolder) -> None:
    taken("m1", "s1", "accepted")(folder)
    folder.change("slots", S1, licensed_states="NY").change("slots", S3, pod="far")
    told = run(folder)
    assert told.exit_code == 1
    assert "pod: m3 in s3: it is not of her pod" in told.output
    assert "kept, though it would not be proposed any more: licence: m1 in s1" in told.output
    assert told.output.endswith("the plan cannot stand: 1 violation\n")
    answer = json.loads(run(folder, "--json").output)
    assert answer["violations"] == [
        {"rule": "pod", "missed_id": "m3", "slot_id": "s3", "because": "it is not of her pod"}
    ]


def test_the_command_ends_with_two_where_the_folder_or_the_plan_cannot_be_read(
    folder: PlanningFolder,
) -> None:
    folder.change("slots", S1, seats=-1)
    told = run(folder)
    assert told.exit_code == 2
    assert told.output == "slots.csv:2: seats: must be from 0 to 1000000: '-1'\n"
    missing = CliRunner().invoke(
        main, ["makeup", "check", str(good_folder(folder.path).write()), "nowhere.csv"]
    )
    assert (missing.exit_code, missing.output) == (2, "nowhere.csv:1: file: is missing\n")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"missed_id\nm1\n", "PLAN.csv:1: slot_id: column is missing"),
        (b"", "PLAN.csv:1: missed_id: column is missing"),
        (b"missed_id,slot_id\nm1\n", "PLAN.csv:2: row: has too few cells"),
        (b"missed_id,slot_id\nm1,\xff\n", "PLAN.csv:2: encoding: is not UTF-8"),
        (b'missed_id,slot_id\nm1,"s1\n', "PLAN.csv:2: row: is not readable CSV"),
    ],
)
def test_a_plan_that_is_no_table_is_refused(folder: PlanningFolder, raw: bytes, told: str) -> None:
    path = folder.write() / "PLAN.csv"
    path.write_bytes(raw)
    with pytest.raises(BadInput) as bad:
        check_plan(folder.path, path)
    assert str(bad.value).startswith(told)
