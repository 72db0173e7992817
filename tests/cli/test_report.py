"""What `Report` counts, and that the published schemas mean something."""

import json
import math
from typing import Any

import jsonschema
import pytest

from porter.report import Failure, Report, schema, summary
from porter.source import Finding, Kind
from porter.verify import Comparison, Divergence, Parameters, Timing, Verification, report_json

DIVERGED = Divergence("a.py:3", None, "dense", 0.3, None)

VERIFIED: dict[str, Any] = json.loads("""
{"schema": 1, "porter": "0.1.0",
 "source": {"framework": "keras", "backend": "tensorflow", "version": "3.15.1"},
 "target": {"framework": "torch", "version": "2.13.0"},
 "cases": [{"name": "vgg", "status": "equal", "error": null,
   "parameters": {"trainable": {"source": 138357544, "target": 138357544},
     "buffers": {"source": 0, "target": 0},
     "mapped": 32, "constant": 0, "merged": 0, "unmatched": []},
   "forward": {"equal": true, "float32": {"max_rel": 2e-6}, "float64": {"max_rel": 3e-14}},
   "gradient": null, "training": null, "steps": null,
   "first_divergence": {"source": "vgg.py:31", "target": "vgg.py:28", "layer": "block1_conv1",
     "max_rel": 0.3, "likely": "batchnorm-epsilon"},
   "timing": [{"device": "cpu", "mode": "eager", "what": "forward", "batch": 32,
     "source_ms": [2.0, 2.1], "target_ms": [1.0], "ratio": 0.5}],
   "findings": []}]}
""")


def finding(kind: Kind) -> Finding:
    return Finding("a.py", 1, 1, "dense", kind, "why")


STATUS: dict[str, tuple[list[Kind], int, int]] = {
    "nothing": ([], 0, 0),
    "note": (["note"], 0, 0),
    "safe": (["safe"], 0, 1),
    "unsafe": (["unsafe"], 0, 1),
    "manual": (["safe", "manual"], 0, 1),
    "unknown": (["unknown"], 0, 1),
    "todo": (["todo"], 0, 1),
    "failure": (["todo"], 1, 2),
}


@pytest.mark.parametrize(("kinds", "failed", "status"), STATUS.values(), ids=STATUS)
def test_the_report_owns_the_exit_status(kinds: list[Kind], failed: int, status: int) -> None:
    failures = (Failure("b.py", 0, 0, "why"),) * failed
    report = Report(("a.py",), tuple(map(finding, kinds)), failures)
    assert report.exit_status == status


def test_settled_kinds_leave_nothing_to_do() -> None:
    findings = (finding("safe"), finding("unsafe"))
    report = Report(("a.py",), findings, settled=frozenset({"note", "safe"}))
    assert report.left == findings[1:]


def test_converted_verified_and_not_run_are_three_counts() -> None:
    report = Report(("a.py", "b.py", "c.py"), converted=3, verified=1)
    assert summary(report) == "3 files: 3 converted, 1 verified, 2 not run"


def test_a_todo_is_a_use_of_an_api_and_a_note_is_none() -> None:
    report = Report(("a.py",), tuple(map(finding, ("safe", "todo", "note", "receiver-unknown"))))
    assert report.statistics["seen"] == 3
    assert report.statistics["todo"] == 1
    assert report.statistics["receiver_unknown"] == 1


def test_the_verify_schema_takes_a_full_document() -> None:
    jsonschema.validate(VERIFIED, schema("verify"))


WRONG: dict[str, dict[str, object]] = {
    "equal-without-a-run": {"forward": None},
    "equal-but-different": {"forward": {"equal": False}},
    "equal-with-strays": {"parameters": VERIFIED["cases"][0]["parameters"] | {"unmatched": ["w"]}},
    "unknown-status": {"status": "fine"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_the_verify_schema_refuses_what_is_no_evidence(change: dict[str, object]) -> None:
    document = {**VERIFIED, "cases": [{**VERIFIED["cases"][0], **change}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema("verify"))


def test_what_verify_reports_is_as_its_schema_says() -> None:
    same = Comparison(True, float32=2e-6, float64=None)
    results = [
        Verification(
            "a",
            "equal",
            parameters=Parameters((4, 4), (2, 2), 3, 1, 0, ()),
            forward=same,
            gradient=same,
            source={"framework": "keras", "backend": "tensorflow", "version": "3.15.1"},
            timing=(Timing("cpu", "eager", "forward", 32, (1.0,), (2.0,), 2.0),),
        ),
        Verification("b", "different", forward=Comparison(False, float32=math.inf)),
        Verification("c", "error", error="no such file", first_divergence=DIVERGED),
        Verification("d", "inconclusive", findings=("no signal in dense.bias",)),
    ]
    document = json.loads(json.dumps(report_json("0.1.0", results), allow_nan=False))
    jsonschema.validate(document, schema("verify"))


@pytest.mark.parametrize("name", ["check", "porter", "verify"])
def test_the_schemas_are_schemas(name: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
