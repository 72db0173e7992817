"""Proving rules: calls drawn from signatures, run through the engine and in both frameworks.

Needs hypothesis, and both frameworks in the interpreter that the workers run under.
"""

from porter.verify.prove.outcome import Outcome
from porter.verify.prove.pool import prove_all, record
from porter.verify.prove.proof import Proof, directions, lost

__all__ = ["Outcome", "Proof", "directions", "lost", "prove_all", "record"]
