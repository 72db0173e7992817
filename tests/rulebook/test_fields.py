"""What each key of a rule must be: a mistake is said with file, line and key, never ignored."""

from __future__ import annotations

import pytest

from porter.rulebook import RuleError

from .conftest import Load

# The id stands on line 3.
RULE = """
[[rule]]
id = "own"
keras = "keras.ops.own(x, dim=1)"
torch = "torch.own(input, axis=1)"
args = { x = "input", dim = "axis" }
"""
LAYER = """
[[rule]]
id = "own"
keras = "keras.layers.Own(units)"
torch = "torch.nn.Own(in_features, out_features)"
args = { units = "out_features" }
"""
BY_SIDE = "must be a table by side: "


@pytest.mark.parametrize(
    ("line", "message"),
    [
        # What would be dropped, so that the rule applies always or never.
        ("when = 'dim == 7'", f"when {BY_SIDE}when.keras, when.torch"),
        ("when.pytorch = 'dim == 7'", "when: 'pytorch' is no side, only keras and torch are"),
        ("assume = 'dim == 7'", f"assume {BY_SIDE}assume.keras, assume.torch"),
        ("fixed = { dim = '7' }", "fixed: 'dim' is no side"),
        ("set = { dim = '7' }", "set: 'dim' is no side"),
        ("write = 'torch.own(x)'", f"write {BY_SIDE}write.keras, write.torch"),
        ("from = 'pytorch'", "from: 'pytorch' is none of keras, torch"),
        ("kind = 'foo'", "kind: 'foo' is none of layer, function"),
        ("foreach = []", "foreach must be a list of tables"),
        ("case = []", "case must be a list of tables"),
        # Of another type than is meant.
        ("notes = 'x'", "notes must be a list of texts"),
        ("notes = [3]", "notes must be a list of texts"),
        ("trap = 'x'", "trap must be a list of texts"),
        ("doc = 3", "doc must be a list of texts"),
        ("constant = 3", "constant must be a list of texts"),
        ("helper = 3", "helper must be a text or a list of texts"),
        ("manual = 3", "manual must be a text"),
        ("example = 'keras.ops.own(x)'", "example must be a list of texts"),
        ("draw = 3", "draw must be a table"),
        ("also.keras = 'x'", "also.keras must be a list of texts"),
        ("before.torch = 'x'", "before.torch must be a list of texts"),
        ("bound.keras = ['x']", "bound.keras must be a text"),
        ("shape = 3", "shape must be a text or a table by side: shape.keras, shape.torch"),
        ("shape.keras = true", "shape.keras must be a text"),
        ("dtype = 3", "dtype must be a text or a table by side"),
        ("when.keras = true", "when.keras must be a text"),
        ("assume.keras = 4", "assume.keras must be a text"),
        ("fixed.keras = { dim = 3 }", "fixed.keras.dim must be a text"),
        ("set.torch = { input = 3 }", "set.torch.input must be a text"),
        ("write.torch = 3", "write.torch must be a text"),
        ("called.keras = 3", "called.keras must be a text"),
        ("called.keras = 'x'", "called.keras: 'x' is no list of parameters"),
        ("args.dim = ['axis']", "args.dim must be a text or a formula and a table of texts"),
        ("args.dim = ['axis', 3]", "args.dim must be a text or a formula and a table of texts"),
        ("foreach = [{ a = 3 }]", "foreach 1: a must be a text"),
        ("refuse = [{ when = '1' }]", "refuse 1: it needs 'from'"),
        ("refuse = [{ from = 'x', when = '1', why = 'y' }]", "refuse 1: from: 'x' is none of"),
        ("refuse = [{ from = 'keras', when = 1, why = 'y' }]", "refuse 1: when must be a text"),
        ("[[rule.case]]\nwhen = 'dim == 7'", f"case 1: when {BY_SIDE}when.keras, when.torch"),
        ("[[rule.case]]\n[[rule.case]]\ntorch = { axis = 3 }", "case 2: torch.axis must be a text"),
        ("[[rule.case]]\nfixed.torch = { axis = '3' }", "case 1: unknown key 'fixed'"),
        # Names that nothing has.
        ("when.keras = 'dmi == 7'", "when.keras: 'dmi' is no argument of keras.ops.own (x, dim)"),
        ("when.torch = 'dim == 7'", "when.torch: 'dim' is no argument of torch.own (input, axis)"),
        ("assume.keras = 'axis == 7'", "assume.keras: 'axis' is no argument of keras.ops.own"),
        ("set.torch = { axis = 'dmi' }", "set.torch.axis: 'dmi' is no argument of keras.ops.own"),
        ("fixed.keras = { dim = 'same' }", "fixed.keras.dim: 'same' is no value; a string"),
        ("shape.keras = 'y.shape'", "shape.keras: 'y' is no argument of keras.ops.own"),
        ("when.keras = 'x.shap[-1] == 3'", "when.keras: of a tensor, x.shap is not known"),
        ("shape.torch = 'input.shapes'", "shape.torch: of a tensor, input.shapes is not known"),
        ("when.keras = 'x.__class__.__mro__'", "when.keras: of a tensor, x.__class__ is not known"),
        ("dtype.torch = 'x.dtype'", "dtype.torch: 'x' is no argument of torch.own"),
        ("write.torch = 'torch.own(x, othr)'", "write.torch: 'othr' is no argument of keras.ops"),
        ("write.torch = 'own_helper(x)'", "write.torch: 'own_helper' is no argument of keras.ops"),
        ("write.torch = 'tf.own(x)'", "write.torch: 'tf' is no argument of keras.ops.own"),
        ("write.torch = 'torch.own('", "write.torch: 'torch.own(' is not an expression"),
        ("refuse = [{ from = 'keras', when = 'dmi', why = 'y' }]", "refuse: 'dmi' is no argument"),
        ("former.keras = { d = 'dmi' }", "former.keras: keras.ops.own has no argument 'dmi'"),
        ("default.torch = { dim = '1' }", "default.torch: torch.own has no argument 'dim'"),
        ("default.torch = { axis = 'x' }", "default.torch.axis: 'x' is no literal"),
        ("infer = { dim = 'input.shape[-1]' }", "infer: torch.own has no argument 'dim'"),
        ("also.keras = ['f(a: nope)']", "also.keras: a: 'nope' is no type"),
        ("also.keras = ['f(a: dmi[0])']", "also.keras: a: 'dmi[0]' is no type"),
        ("also.keras = ['f(']", "'f(' is not a signature"),
        ("called.keras = '(a: nope)'", "called.keras: a: 'nope' is no type"),
        ("example = ['x(']", "example: 'x(' is no call"),
        ("example = ['x']", "example: 'x' is no call"),
        ("weights = { kernel = 'weight' }", "weights: only what is constructed has weights"),
        ("when.keras = 'open(dim)'", "when.keras: 'open' is not a rule function"),
        ("draw = { input = 'float[2]', dim = ['1..3', '('] }", "draw: dim: '(' is not an"),
        ("rank = 'x'", "rank: 'x' is not a rank"),
        ("rank = '('", "rank: '(' is not an expression"),
        ("also.torch = ['']", "'' is not a signature"),
        ("draw = { input = 'float[2]', y = '3' }", "draw: 'y' is no parameter"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(load: Load, line: str, message: str) -> None:
    text = RULE
    if line.startswith("args.dim"):
        text = RULE.replace('args = { x = "input", dim = "axis" }\n', "")
    with pytest.raises(RuleError) as caught:
        load(f"{text}{line}\n")
    assert message in caught.value.message
    assert (caught.value.line, caught.value.rule) == (3, "own")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("weights = { kernel = 'weight.sum()' }", "weights: "),
        ("infer = { in_featurs = 'input.shape[-1]' }", "infer: torch.nn.Own has no argument 'in_"),
        ("infer = { in_features = 'inptu.shape[-1]' }", "infer.in_features: 'inptu' is no argu"),
        ("call.torch = 'module(inptu)'", "call.torch: 'inptu' is no argument of keras.layers.Own"),
        ("call.torch = 'modul(input)'", "call.torch: 'modul' is no argument of keras.layers.Own"),
        ("before.torch = ['torch.nn.Pad(unit)']", "before.torch: 'unit' is no argument of keras"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_layer_is_named(load: Load, line: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        load(f"{LAYER}{line}\n")
    assert message in caught.value.message
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "line",
    [
        "when.keras = 'dim == 7 and used == (0,) and input.rank == 2'",
        "fixed.keras = { dim = '7' }",
        "shape = 'input.shape'",
        "write.torch = 'torch.stack([torch.own(t, dim) for t in tuple(x)])'",
        "write.torch = 'torch.own(x, (lambda y: y)(pairs(dim, 1)))'",
        "former.keras = { d = 'dim' }",
        "also.keras = ['keras.older.own(y, d: dim)', 'keras.oldest.own(a: tensor, b: dim[0])']",
        "example = ['keras.ops.own(x, dim=3)']",
        "refuse = [{ from = 'keras', when = 'dim == 3', why = 'y' }]",
    ],
)
def test_what_fits_is_read(load: Load, line: str) -> None:
    assert [rule.id for rule in load(f"{RULE}{line}\n")] == ["own"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("[types]\nx = 3\n", 1, "types.x must be a text"),
        ("\nrenamed = 3\n", 2, "renamed must be a table"),
        ("[names]\ndtype = 3\n", 1, "names.dtype must be a table"),
        ("[[family]]\nid = 'f'\nfrom = 'keras'\nbelow = 3\n", 2, "below must be a text or a list"),
        (
            "[[construct]]\nid = 'c'\nfrom = 'keras'\nwhat = 'x'\nexample = 'x'\nbuild = 'x'\n"
            "input = []\napis = 3\n", 2, "apis must be a list of texts",
        ),
        ("[[rule]]\nid = ['x']\nkeras = 'a.b(x)'\n", 1, "id must be a text"),
    ],
)  # fmt: skip
def test_a_mistake_in_another_table_is_named(
    load: Load, text: str, line: int, message: str
) -> None:
    with pytest.raises(RuleError) as caught:
        load(text)
    assert message in caught.value.message
    assert caught.value.line == line


def test_a_draw_that_reads_what_a_call_from_there_has_not(load: Load) -> None:
    text = RULE.replace("axis=1", "axis: tensor = 1").replace("dim=1", "dim: tensor = 1")
    load(text + "draw = { input = 'float[2, 3]', dim = 'float[*input.shape]' }\n")
    with pytest.raises(RuleError, match="draw: dim reads 'x', which a call from torch has not"):
        load(text + "draw = { input = 'float[2, 3]', dim = 'float[*x.shape]' }\n")
