"""Rule files → compiled, indexed rules; signatures; matching a call; the algebra of weights.

This room knows APIs, never programs: it is asked about one call at a time, with what is known
of its arguments, and answers with the call of the other framework or the reason why not.
Nothing here imports a framework or runs anything that a rule says.
"""

from porter.rulebook.choice import Untranslatable, equal
from porter.rulebook.compile import RuleError, compile_rule
from porter.rulebook.construct import Construct
from porter.rulebook.coverage import SHOWN, UNTRIED, Evidence, coverage_of, evidence
from porter.rulebook.drawn import DRAWN
from porter.rulebook.expression import (
    Expression,
    ExpressionError,
    Record,
    Tensor,
    binary,
    substituted,
    truth,
)
from porter.rulebook.functions import DTYPES, FUNCTIONS, WHOLE
from porter.rulebook.load import Rulebook, load_rulebook
from porter.rulebook.near import near
from porter.rulebook.proofs import (
    NOT_PROVEN,
    RECORD,
    Earned,
    Proofs,
    ProofsError,
    proof_key,
    read_proofs,
    standing,
    write_proofs,
)
from porter.rulebook.rule import SIDES, Case, Half, Rule, Side, other
from porter.rulebook.shapes import permuted
from porter.rulebook.signature import Parameter, Signature, SignatureMismatch, Spelling
from porter.rulebook.terms import (
    UNKNOWN,
    ApiName,
    Dtype,
    Named,
    OpenShape,
    Size,
    Symbol,
    Term,
    agree,
    is_known,
    is_size,
    known,
    to_ast,
    write,
)
from porter.rulebook.translate import FACETS, Output, Translation, handled, translate
from porter.rulebook.traps import LEFT, NOTHING, Handled, handled_traps
from porter.rulebook.twins import Condition, conditions
from porter.rulebook.weights import WeightMap, WeightMapError
from porter.rulebook.windows import squeeze

__all__ = [
    "DRAWN", "DTYPES", "FACETS", "FUNCTIONS", "LEFT", "NOTHING", "NOT_PROVEN", "RECORD", "SHOWN",
    "SIDES", "UNKNOWN", "UNTRIED", "WHOLE",
    "ApiName", "Case", "Condition", "Construct", "Dtype", "Earned", "Evidence", "Expression",
    "ExpressionError", "Half", "Handled",
    "Named", "OpenShape", "Output", "Parameter", "Proofs", "ProofsError", "Record", "Rule",
    "RuleError", "Rulebook", "Side",
    "Signature", "SignatureMismatch", "Size", "Spelling", "Symbol", "Tensor", "Term", "Translation",
    "Untranslatable", "WeightMap", "WeightMapError", "agree", "binary", "compile_rule",
    "conditions", "coverage_of", "equal", "evidence", "handled", "handled_traps",
    "is_known", "is_size", "known", "load_rulebook", "near", "other",
    "permuted", "proof_key", "read_proofs", "squeeze", "standing", "substituted", "to_ast",
    "translate", "truth",
    "write", "write_proofs",
]  # fmt: skip
