"""Reading a planning folder: what it means where it is fine, and file, line and field of everything that is not."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rejoin.domain.makeup.problem import Instance, Kind
from rejoin.planning.reading import read_instance
from rejoin.sheets.refused import BadInput
from tests.planning.folder import PlanningFolder, as_parquet, good_folder

Spoil = Callable[[PlanningFolder], object]
TYPED = Path(__file__).parent / "typed"
"""The good folder as Parquet, written by another library: integers, floats with gaps, lists, dictionaries, truths."""


@pytest.fixture
def folder(tmp_path: Path) -> PlanningFolder:
    return good_folder(tmp_path / "folder")


def problems(path: Path) -> list[str]:
    with pytest.raises(BadInput) as bad:
        read_instance(path)
    return [str(each) for each in bad.value.problems]


def as_plain(value: Any) -> Any:
    if is_dataclass(value):
        return {each.name: as_plain(getattr(value, each.name)) for each in fields(value)}
    return value.tolist() if isinstance(value, np.ndarray) else value


def same(one: Instance, other: Instance) -> bool:
    return bool(as_plain(one) == as_plain(other))


def test_a_folder_becomes_columns(folder: PlanningFolder) -> None:
    folder.change("missed", 0, dependent_at=5000).change("missed", 1, dependent_at=-60)
    folder.row("conflicts", patient_a="ben", patient_b="ada").row(
        "members", cohort="theirs", patient_id="ben"
    )
    instance = read_instance(folder.write())
    assert instance.patients.ids == ["ada", "ben", "cleo"]
    assert instance.patients.risk.tolist() == [1, 3, 2]
    assert instance.missed.patient.tolist() == [0, 0, 1, 2, 2]
    assert instance.missed.dependent_at.tolist() == [5000, 0, -1, -1, -1]
    assert instance.slots.kind.tolist() == [
        Kind.COHORT,
        Kind.EXTRA,
        Kind.INDIVIDUAL,
        Kind.INDIVIDUAL,
        Kind.EXTRA,
    ]
    assert instance.slots.soft.tolist() == instance.slots.seats.tolist() == [2, 2, 1, 1, 2]
    assert instance.slots.block.tolist() == [-1, -1, 0, 0, -1]
    assert instance.conflicts.tolist() == [[0, 1], [1, 0]]
    (theirs,) = set(instance.slots.cohort.tolist()) - {-1}
    assert instance.barred.tolist() == [0 * instance.cohorts + theirs]
    assert (instance.max_per_day, instance.max_per_week) == (2, 4)
    assert instance.weights.risk == (100, 160, 260, 420)
    assert instance.weights.over_soft_target == -12


def test_an_empty_cell_is_not_given(folder: PlanningFolder) -> None:
    folder.change("patients", 0, preferred_hour="", slack_sessions="", cohort="", pod="", clinician_id="")
    folder.change("patients", 0, payer="", languages="", gender="")
    folder.change("missed", 0, known_at="", deadline="", dependent_at="", minutes="")
    folder.change("slots", 2, seats="", soft_target="", closed_steps="", licensed_states="")
    instance = read_instance(folder.write())
    patients, missed, slots = instance.patients, instance.missed, instance.slots
    assert (patients.preferred_hour[0], patients.slack[0], patients.languages[0, 0]) == (-1, 0, 0)
    assert (patients.cohort[0], patients.pod[0], patients.clinician[0], patients.gender[0]) == (
        -1,
        -1,
        -1,
        -1,
    )
    assert (missed.known_at[0], missed.deadline[0], missed.dependent_at[0]) == (900, 20160, -1)
    assert (slots.seats[2], slots.soft[2], slots.closed_steps[2], slots.states[2, 0]) == (1, 1, 0, 0)
    # whoever has no payer: weeks from Monday, and only groups of cohorts count
    payer = patients.payer[0]
    told = (instance.sunday[payer], instance.counts_individual[payer], instance.counts_extra[payer])
    assert told == (False, False, False)


def test_seats_and_targets_mean_what_they_can(folder: PlanningFolder) -> None:
    folder.change("slots", 0, soft_target=9).change("slots", 2, seats=7, soft_target=7)
    slots = read_instance(folder.write()).slots
    assert (slots.soft[0], slots.seats[2], slots.soft[2]) == (2, 1, 1)


def test_free_intervals_are_sorted_and_joined_where_they_touch(folder: PlanningFolder) -> None:
    folder.change("availability", 0, start=600, end=700)
    for start, end in ((500, 600), (100, 200), (700, 720)):
        folder.row("availability", patient_id="ada", start=start, end=end)
    instance = read_instance(folder.write())
    assert instance.free_patient.tolist() == [0, 0, 1, 2]
    assert instance.free_start.tolist() == [100, 500, 0, 0]
    assert instance.free_end.tolist() == [200, 720, 20160, 20160]


def test_pairs_that_stand_and_pairs_that_were_declined_are_told_apart(folder: PlanningFolder) -> None:
    for missed_id, slot_id, state in (
        ("m1", "s1", "accepted"),
        ("m2", "s2", "Held"),
        ("m3", "s1", "declined"),
    ):
        folder.row("taken", missed_id=missed_id, slot_id=slot_id, state=state, until=3000)
    instance = read_instance(folder.write())
    assert (instance.taken_missed.tolist(), instance.taken_slot.tolist()) == ([0, 1], [0, 1])
    assert instance.declined.tolist() == [2 * 5 + 0]


def test_more_states_and_languages_than_a_word_has_bits(folder: PlanningFolder) -> None:
    many = ";".join(f"x{n}" for n in range(70))
    folder.change("slots", 0, licensed_states=many).change("patients", 1, state="x69")
    instance = read_instance(folder.write())
    words, state = instance.slots.states, int(instance.patients.state[1])
    assert words.shape == (5, 2)
    assert int(words[0, state >> 6]) >> (state & 63) & 1
    assert not int(words[1, state >> 6]) >> (state & 63) & 1


def test_a_table_is_read_however_it_is_laid_out(folder: PlanningFolder, tmp_path: Path) -> None:
    expected = read_instance(folder.write())
    lines = (folder.path / "missed.csv").read_text().splitlines()
    head, *rows = [line.split(",") for line in lines]
    order = list(reversed(range(len(head))))
    told = [["  Note ", *(f" {head[k].upper()} " for k in order)]]
    told += [["x\ny", *(f" {row[k]}\t" if k % 2 else f'"{row[k]}"' for k in order)] for row in rows]
    text = "\r\n".join(f'"{row[0]}",' + ",".join(row[1:]) for row in told)
    (folder.path / "missed.csv").write_bytes(("\ufeff" + text + "\r\n,,\r\n\r\n").encode())
    assert same(read_instance(folder.path), expected)


def test_columns_that_change_nothing_may_be_left_out(folder: PlanningFolder) -> None:
    for row in folder.tables["patients"]:
        row.update(preferred_hour="", slack_sessions="")
    expected = read_instance(folder.write())
    for name, columns in (("patients", 2), ("missed", 1), ("slots", 2)):
        lines = (folder.path / f"{name}.csv").read_text().splitlines()
        cut = [line.rsplit(",", columns)[0] for line in lines]
        soft = [line.rsplit(",", 2)[-2] for line in lines]
        assert name != "slots" or set(soft) == {"soft_target", ""}
        (folder.path / f"{name}.csv").write_text("\n".join(cut) + "\n")
    assert same(read_instance(folder.path), expected)


def test_a_whole_number_may_have_a_point_as_spreadsheets_write_it(folder: PlanningFolder) -> None:
    expected = read_instance(folder.write())
    folder.change("missed", 0, session_start="900.0", known_at="+915").change(
        "payers", 0, counts_extra="TRUE"
    )
    assert same(read_instance(folder.write()), expected)


def cell(table: str, row: int, column: str, value: object) -> Spoil:
    return lambda folder: folder.change(table, row, **{column: value})


def row(table: str, **cells: object) -> Spoil:
    return lambda folder: folder.row(table, **cells)


def text(name: str, content: bytes) -> Spoil:
    return lambda folder: folder.raw.update({name: content})


def params(**changed: object) -> Spoil:
    return lambda folder: folder.params.update(changed)


def weights(**changed: object) -> Spoil:
    return params(weights=changed)


def without(table: str) -> Spoil:
    return lambda folder: folder.tables.pop(table)


WRONG_CELLS: dict[str, tuple[Spoil, str]] = {
    "no patient": (cell("missed", 1, "patient_id", ""), "missed.csv:3: patient_id: is empty"),
    "an unknown patient": (
        cell("missed", 1, "patient_id", "zoe"),
        "missed.csv:3: patient_id: 'zoe' is not in patients.csv",
    ),
    "an unknown payer": (
        cell("patients", 2, "payer", "x"),
        "patients.csv:4: payer: 'x' is not in payers.csv",
    ),
    "free, and nobody": (
        cell("availability", 0, "patient_id", "zoe"),
        "availability.csv:2: patient_id: 'zoe' is not in patients.csv",
    ),
    "a repeated patient": (
        lambda folder: folder.patient("cleo").tables["availability"].pop(),
        "patients.csv:5: patient_id: repeats 'cleo' of line 4",
    ),
    "a repeated payer": (
        row("payers", payer="pay", week_start="sun", counts_individual=0, counts_extra=0),
        "payers.csv:3: payer: repeats 'pay' of line 2",
    ),
    "a repeated missed session": (
        cell("missed", 1, "missed_id", "m1"),
        "missed.csv:3: missed_id: repeats 'm1' of line 2",
    ),
    "a slot without an id": (cell("slots", 0, "slot_id", " "), "slots.csv:2: slot_id: is empty"),
    "a slot that ends before it starts": (
        cell("slots", 0, "end", 2000),
        "slots.csv:2: end: is not after start",
    ),
    "free until before": (cell("availability", 0, "end", 0), "availability.csv:2: end: is not after start"),
    "overlapping availability": (
        row("availability", patient_id="ada", start=20159, end=20170),
        "availability.csv:5: start: overlaps another interval of this patient",
    ),
    "availability within another": (
        row("availability", patient_id="ada", start=1, end=2),
        "availability.csv:5: start: overlaps another interval of this patient",
    ),
    "negative seats": (cell("slots", 1, "seats", -1), "slots.csv:3: seats: must be from 0 to 1000000: '-1'"),
    "a group without seats": (cell("slots", 1, "seats", ""), "slots.csv:3: seats: is empty"),
    "a risk of four": (cell("patients", 0, "risk", 4), "patients.csv:2: risk: must be from 0 to 3: '4'"),
    "no risk": (cell("patients", 0, "risk", ""), "patients.csv:2: risk: is empty"),
    "an hour of 24": (
        cell("patients", 0, "preferred_hour", 24),
        "patients.csv:2: preferred_hour: must be from 0 to 23: '24'",
    ),
    "an offset of days": (
        cell("patients", 0, "utc_offset_minutes", 5000),
        "patients.csv:2: utc_offset_minutes: must be minutes from -1440 to 1440: '5000'",
    ),
    "a kind that is none": (
        cell("slots", 0, "kind", "group"),
        "slots.csv:2: kind: must be one of cohort, extra, individual, not 'group'",
    ),
    "a week from Tuesday": (
        cell("payers", 0, "week_start", "tue"),
        "payers.csv:2: week_start: must be one of mon, sun, not 'tue'",
    ),
    "neither counted nor not": (
        cell("payers", 0, "counts_extra", "2"),
        "payers.csv:2: counts_extra: must be one of 1, 0, true, false, not '2'",
    ),
    "an impossible time": (
        cell("slots", 0, "start", -(10**12)),
        "slots.csv:2: start: is an impossible time: '-1000000000000'",
    ),
    "a time beyond counting": (
        cell("slots", 0, "end", "9" * 60),
        f"slots.csv:2: end: must be a whole number, not '{'9' * 37}...'",
    ),
    "half a minute": (
        cell("missed", 0, "known_at", "915.5"),
        "missed.csv:2: known_at: must be a whole number, not '915.5'",
    ),
    "a number that Python alone would take": (
        cell("missed", 0, "known_at", "9_15"),
        "missed.csv:2: known_at: must be a whole number, not '9_15'",
    ),
    "digits of another script": (
        cell("missed", 0, "known_at", "\u0669"),
        "missed.csv:2: known_at: must be a whole number, not '\u0669'",
    ),
    "in conflict with herself": (
        row("conflicts", patient_a="ada", patient_b="ada"),
        "conflicts.csv:2: patient_b: is the same patient as patient_a",
    ),
    "members of nothing": (
        row("members", cohort="none", patient_id="ada"),
        "members.csv:2: cohort: 'none' is nobody's cohort, and no slot's",
    ),
    "members of no cohort": (row("members", cohort="", patient_id="ada"), "members.csv:2: cohort: is empty"),
    "taken, and unknown": (
        row("taken", missed_id="m1", slot_id="s9", state="held"),
        "taken.csv:2: slot_id: 's9' is not in slots.csv",
    ),
    "taken in no state": (
        row("taken", missed_id="m1", slot_id="s1", state="lost"),
        "taken.csv:2: state: must be one of accepted, held, declined, not 'lost'",
    ),
    "not UTF-8": (text("slots.csv", b"slot_id\ns1\n\xff"), "slots.csv:3: encoding: is not UTF-8"),
    "not CSV": (
        text("conflicts.csv", b'patient_a,patient_b\nada,"ben\n'),
        "conflicts.csv:2: row: is not readable",
    ),
    "semicolons": (
        text("conflicts.csv", b"patient_a;patient_b\n"),
        "conflicts.csv:1: header: is not separated by",
    ),
    "nothing in it": (text("conflicts.csv", b""), "conflicts.csv:1: header: is missing"),
    "a column missing": (
        text("conflicts.csv", b"patient_a,b\n"),
        "conflicts.csv:1: patient_b: column is missing",
    ),
    "a column misspelt": (
        text("taken.csv", b"missed_id,slot_id,state,untill\n"),
        "taken.csv:1: untill: is not a column we know; is it 'until'?",
    ),
    "a row too long": (
        text("conflicts.csv", b"patient_a,patient_b\n\nada,ben\nada,cleo,x\n"),
        "conflicts.csv:4: row: has 3 cells under 2 columns",
    ),
    "both ways": (text("slots.parquet", b""), "slots.parquet:1: file: is there beside slots.csv"),
    "Parquet by name only": (
        text("conflicts.parquet", b"patient_a,patient_b\n"),
        "conflicts.parquet:1: file: is not readable Parquet",
    ),
    "no missed sessions": (without("missed"), "missed.csv:1: file: is missing"),
    "no patients": (without("patients"), "patients.csv:1: file: is missing"),
    "no slots": (without("slots"), "slots.csv:1: file: is missing"),
    "no payers": (without("payers"), "payers.csv:1: file: is missing"),
    "nobody said when": (without("availability"), "availability.csv:1: file: is missing"),
    "not JSON": (text("params.json", b'{"origin": 1,\n}'), "params.json:2: file: is not JSON: "),
    "no object": (text("params.json", b"[]"), "params.json:1: file: must be an object with keys"),
    "JSON of another kind": (
        text("params.json", b"[" * 100_000),
        "params.json:1: file: is not JSON that anybody",
    ),
    "JSON that is not UTF-8": (text("params.json", b"\n\xff"), "params.json:2: encoding: is not UTF-8"),
    "a key twice": (
        text("params.json", b'{"max_per_day": 1,\n"max_per_day": 2}'),
        "params.json:1: max_per_day: is there twice",
    ),
    "a Tuesday": (params(origin="2026-06-02T00:00:00Z"), "params.json:2: origin: must be a Monday 00:00 UTC"),
    "no time": (params(origin=5), "params.json:2: origin: must be a time such as"),
    "a cap in words": (
        params(max_per_day="two"),
        "params.json:4: max_per_day: must be a whole number from 0 to 1000000",
    ),
    "a cap below zero": (
        params(max_per_week=-1),
        "params.json:5: max_per_week: must be a whole number from 0",
    ),
    "weights that are none": (params(weights=5), "params.json:6: weights: must be an object with keys"),
    "a weight in words": (
        weights(dose="high"),
        "params.json:7: weights.dose: must be a whole number from 0 to 1000000",
    ),
    "a weight that is true": (
        weights(sooner=True),
        "params.json:7: weights.sooner: must be a whole number from -",
    ),
    "half a point": (weights(sooner=1.5), "params.json:7: weights.sooner: must be a whole number from -"),
    "a weight without its tiers": (
        weights(risk=[1, 2, 3]),
        "params.json:7: weights.risk: must be a list of four whole numbers",
    ),
    "a tier below zero": (
        weights(full_week=[1, 2, 3, -1]),
        "params.json:7: weights.full_week[3]: must be a whole number from 0",
    ),
    "a reward for crowding": (
        weights(over_soft_target=1),
        "params.json:7: weights.over_soft_target: must not be",
    ),
    "a weight misspelt": (
        weights(sooner=1, preferd=2),
        "params.json:8: weights.preferd: is not a weight we know",
    ),
}


@pytest.mark.parametrize(("spoil", "told"), WRONG_CELLS.values(), ids=WRONG_CELLS)
def test_what_is_wrong_is_told_with_file_line_and_field(
    folder: PlanningFolder, spoil: Spoil, told: str
) -> None:
    spoil(folder)
    found = problems(folder.write())
    assert found[0].startswith(told)
    assert len(found) == 1


def test_a_key_that_is_missing_is_told(folder: PlanningFolder) -> None:
    del folder.params["max_per_day"]
    assert problems(folder.write()) == ["params.json:1: max_per_day: is missing"]
    (folder.path / "params.json").unlink()
    assert problems(folder.path) == ["params.json:1: file: is missing"]


def test_weights_that_are_not_given_are_those_of_the_contract(folder: PlanningFolder) -> None:
    folder.params["weights"] = {"risk": [1, 2, 3, 4.0], "full_week": [0, 0, 0, 0], "something_else": "x"}
    given = read_instance(folder.write()).weights
    assert (given.risk, given.full_week, given.dose) == ((1, 2, 3, 4), (0, 0, 0, 0), 60)


def test_everything_wrong_is_told_at_once_with_the_lines_it_stands_on(folder: PlanningFolder) -> None:
    folder.raw["payers.csv"] = (
        b'week_start,"a\nnote",payer,counts_individual,counts_extra\n\nmon,"x\ny",pay,1,1\n\ntue,,q,1,5\n'
    )
    folder.change("slots", 0, seats=-2).change("missed", 4, patient_id="zoe")
    assert problems(folder.write()) == [
        "missed.csv:6: patient_id: 'zoe' is not in patients.csv",
        "payers.csv:7: counts_extra: must be one of 1, 0, true, false, not '5'",
        "payers.csv:7: week_start: must be one of mon, sun, not 'tue'",
        "slots.csv:2: seats: must be from 0 to 1000000: '-2'",
    ]


def test_a_list_of_problems_has_an_end(folder: PlanningFolder) -> None:
    for _ in range(300):
        folder.row("conflicts", patient_a="zoe", patient_b="ada")
    folder.row("members", cohort="", patient_id="ada")
    found = problems(folder.write())
    assert len(found) == 201
    assert found[-1] == "folder:1: problems: 101 more are not listed"


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere")[0].endswith("nowhere:1: folder: is not a folder")


TAKEN: dict[str, tuple[list[str], str]] = {
    "one missed session twice": (
        ["m1 s1 accepted", "m1 s2 held"],
        "3: missed_id: has a slot already, in line 2",
    ),
    "accepted and declined": (
        ["m1 s1 accepted", "m1 s1 declined"],
        "2: state: says that the pair stands, and another row that it was declined",
    ),
    "more than the seats": (
        ["m3 s1 held", "m4 s1 held", "m1 s1 held"],
        "4: slot_id: has 2 seats, and more are taken",
    ),
    "at once, for one patient": (
        ["m4 s6 held", "m5 s1 held"],
        "2: slot_id: overlaps another make-up of this",
    ),
    "two positions of a block": (
        ["m3 s3 held", "m4 s7 held"],
        "3: slot_id: overlaps another slot of its block",
    ),
    "more than a day": (
        ["m1 s1 held", "m2 s4 held"],
        "3: slot_id: is one more than 1 make-ups of this patient in a day",
    ),
    "more than a week": (
        ["m4 s1 held", "m5 s2 held", "m6 s5 held"],
        "4: slot_id: is one more than 2 make-ups of this patient in a week",
    ),
    "two in conflict in a group": (
        ["m3 s5 held", "m4 s5 held"],
        "3: slot_id: brings two patients in conflict",
    ),
}


@pytest.mark.parametrize(("rows", "told"), TAKEN.values(), ids=TAKEN)
def test_pairs_that_stand_and_contradict_each_other_are_refused(
    folder: PlanningFolder, rows: list[str], told: str
) -> None:
    folder.params.update(max_per_day=1, max_per_week=2)
    folder.missed("m6", "cleo").slot("s6", 2370, kind="extra").slot("s7", 2370, kind="individual")
    if "conflict" in told:
        folder.row("conflicts", patient_a="cleo", patient_b="ben")
    if "another make-up" in told:
        folder.params.update(max_per_day=2)
    for each in rows:
        missed_id, slot_id, state = each.split()
        folder.row("taken", missed_id=missed_id, slot_id=slot_id, state=state)
    (found,) = problems(folder.write())
    assert found.startswith(f"taken.csv:{told}")


def test_typed_parquet_reads_as_csv_does(folder: PlanningFolder) -> None:
    folder.change("missed", 0, dependent_at=5000).change("patients", 1, preferred_hour="")
    folder.row("taken", missed_id="m1", slot_id="s1", state="accepted")
    assert same(read_instance(TYPED), read_instance(folder.write()))


def test_a_wrong_cell_of_parquet_is_told_with_its_row(folder: PlanningFolder) -> None:
    folder.path = folder.path / "x=1 [b]*"
    folder.write()
    as_parquet(folder, "slots", "* REPLACE (seats::DOUBLE - 1.5 AS seats, NULL AS start)")
    as_parquet(folder, "missed", "* EXCLUDE (patient_id), encode(patient_id || ' ') AS Patient_ID")
    found = problems(folder.path)
    assert "slots.parquet:1: seats: must be a whole number, not '0.5'" in found
    assert "slots.parquet:3: seats: must be a whole number, not '-0.5'" in found
    assert "slots.parquet:5: start: is empty" in found
    assert {each.partition(":")[0] for each in found} == {"slots.parquet"}


def test_a_column_that_parquet_lacks_is_told(folder: PlanningFolder) -> None:
    folder.write()
    as_parquet(folder, "payers", "payer")
    assert problems(folder.path)[0] == "payers.parquet:1: counts_extra: column is missing"


def test_a_folder_without_anybody_is_read(folder: PlanningFolder) -> None:
    for name in ("payers", "availability"):
        del folder.tables[name]
    for rows in folder.tables.values():
        rows.clear()
    instance = read_instance(folder.write())
    assert (len(instance.missed.ids), len(instance.slots.ids), len(instance.free_start)) == (0, 0, 0)
    assert (instance.conflicts.shape, instance.barred.shape) == ((0, 2), (0,))


def test_params_keep_their_byte_order_mark(folder: PlanningFolder) -> None:
    folder.raw["params.json"] = b"\xef\xbb\xbf" + json.dumps(folder.params).encode()
    assert read_instance(folder.write()).max_per_week == 4
