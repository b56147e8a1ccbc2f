"""The contracts other systems rely on: field names and meanings stay, fields are only added."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from ruamel.yaml import YAML

from rejoin.domain.policy import InvalidPolicy, read_policy
from rejoin.policies.loading import SHIPPED
from tests.builders.folder import FolderBuilder

CONTRACTS = Path(__file__).resolve().parents[2] / "docs/contracts"
FIXED = {
    "seats": "session_id patient_id status computed attested minutes first_join last_leave flags intervals "
    "counts_as per_day_billable because",
    "cases": "patient_id session_id path opened_at state steps first_attempt next",
    "triggers": "patient_id id then fired_at sessions state",
    "week": "patient_id week_of scheduled_minutes delivered_minutes countable_minutes below_minimum",
    "unmatched": "file line display joined left plausible",
    "alerts": "kind session_id text",
}


def load_yaml(path: Path) -> Any:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text()), default=str))


def full_report(path: Path) -> Any:
    builder = FolderBuilder(path, policy="a-").patient("P1").patient("P2")
    builder.session("S1", "2026-10-05T18:00", "2026-10-05T21:15", breaks="19:30-19:45")
    builder.session("S2", "2026-10-05T09:00", "2026-10-05T12:00").held(
        "S2", "2026-10-05T09:00", "2026-10-05T12:00"
    )
    builder.present("S1", "P1", "2026-10-05T18:14", "2026-10-05T21:15")
    builder.present("S1", "stranger", "2026-10-05T18:14", "2026-10-05T21:15")
    return json.loads(msgspec.json.encode(builder.triage("2026-10-06T09:00")))


def test_report_has_every_field_of_the_contract(tmp_path: Path) -> None:
    report = full_report(tmp_path)
    assert {"as_of", "policy", *FIXED} <= set(report)
    for section, names in FIXED.items():
        assert report[section], section
        assert set(names.split()) <= set(report[section][0]), section
    assert set(report["seats"][0]["counts_as"]) == {"attended", "missed", "hours_minutes"}
    step = report["cases"][0]["steps"][0]
    assert {"id", "actor", "channels", "due_at", "deadline", "state", "because"} <= set(step)
    assert {"by", "state"} <= set(report["cases"][0]["first_attempt"])


def test_report_fits_its_published_schema(tmp_path: Path) -> None:
    schema = json.loads((CONTRACTS / "triage.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(full_report(tmp_path))


def test_published_schema_refuses_a_report_that_lost_a_field(tmp_path: Path) -> None:
    schema = json.loads((CONTRACTS / "triage.schema.json").read_text())
    report = full_report(tmp_path)
    del report["seats"][0]["minutes"]
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(report))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("?-*.yaml")), ids=lambda path: path.stem)
def test_shipped_policies_fit_the_published_schema(path: Path) -> None:
    schema = json.loads((CONTRACTS / "policy.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(load_yaml(path))


def test_published_policy_schema_and_the_reader_know_the_same_keys() -> None:
    schema = json.loads((CONTRACTS / "policy.schema.json").read_text())
    with pytest.raises(InvalidPolicy) as refused:
        read_policy({"nothing": 1})
    message = next(each.message for each in refused.value.problems if each.field == "nothing")
    assert message.split("known here: ")[1].split(", ") == sorted(schema["properties"])


@pytest.mark.parametrize("section", ["hours", "presence", "excuse", "makeup", "billing", "outreach"])
def test_published_policy_schema_and_the_reader_know_the_same_keys_of_sections(section: str) -> None:
    schema = json.loads((CONTRACTS / "policy.schema.json").read_text())["properties"][section]
    known = schema.get("properties") or schema["anyOf"][0]["properties"]
    with pytest.raises(InvalidPolicy) as refused:
        read_policy({section: {"nothing": 1}})
    message = next(each.message for each in refused.value.problems if each.field == f"{section}.nothing")
    assert message.split("known here: ")[1].split(", ") == sorted(known)
