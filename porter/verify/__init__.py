"""Proof by running: both sides in workers of their own, the same weights, every number compared.

Only the workers import a framework or run the user's code. What leaves this room is a
`Verification`: equal, different, inconclusive or error, with the evidence. `prove`, which tests
rules in the same way, is loaded when it is asked for: it needs hypothesis.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from porter.verify.cases import CaseError, cases_of_manifest, cases_of_project, find_file, phases
from porter.verify.drift import Drift, signature_drift
from porter.verify.inputs import Input, InputError, parse_input
from porter.verify.judge import located
from porter.verify.manifest import Manifest, ManifestError, read_manifest
from porter.verify.process import Interpreter, Worker, WorkerError
from porter.verify.result import (
    PHASES,
    Case,
    Comparison,
    Divergence,
    Parameters,
    Timing,
    Verification,
    exit_status,
    report_json,
)
from porter.verify.run import guess_framework, verify, verify_case
from porter.verify.shapes import seen_shapes

if TYPE_CHECKING:
    from porter.verify import prove

__all__ = [
    "PHASES",
    "Case",
    "CaseError",
    "Comparison",
    "Divergence",
    "Drift",
    "Input",
    "InputError",
    "Interpreter",
    "Manifest",
    "ManifestError",
    "Parameters",
    "Timing",
    "Verification",
    "Worker",
    "WorkerError",
    "cases_of_manifest",
    "cases_of_project",
    "exit_status",
    "find_file",
    "guess_framework",
    "located",
    "parse_input",
    "phases",
    "prove",
    "read_manifest",
    "report_json",
    "seen_shapes",
    "signature_drift",
    "verify",
    "verify_case",
]


class _Room(ModuleType):
    """This package by the name of its main function: `porter.verify(…)` calls it."""

    def __call__(self, *args: Any, **options: Any) -> Verification:
        return verify(*args, **options)


sys.modules[__name__].__class__ = _Room
