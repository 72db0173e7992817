"""`self.model.compile(optimizer, loss)` → an optimiser and a loss by names of their own.

What comes out is Keras still: the optimiser is made where the model is compiled, for it alone,
and a loss that was a string is made by its class. Metrics are left to the loop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import Facts, Method, Object, dotted, function_around, walk
from porter.rewrite.code import assign, comments_above, led
from porter.rewrite.cut.syntax import Origins
from porter.rewrite.imports import behind_imports
from porter.rewrite.members import attributes_set
from porter.rulebook import Rulebook, Symbol
from porter.source import Kind

# What is said of a node: the kind of finding, and its text.
Note = tuple[cst.CSTNode, Kind, str]
OPTIMISERS, LOSSES = "keras.optimizers", "keras.losses"
# What says how Keras runs its own loop, or what that loop shows.
_OF_THE_LOOP = ("metrics", "weighted_metrics", "run_eagerly", "jit_compile", "steps_per_execution")
SHARED = "Keras counts the steps of an optimiser that several models share; here each has its own"


@dataclass(frozen=True)
class Compiled:
    """A module without the calls of `compile` that could be written out.

    `optimised` are the parameters that optimisers are for, `origins` what node of the file a new
    node stands for, `notes` what is to be said, and where.
    """

    module: cst.Module
    origins: Mapping[cst.CSTNode, cst.CSTNode]
    optimised: Mapping[cst.Call, Symbol]
    notes: tuple[Note, ...]


def compiled(
    facts: Facts,
    rulebook: Rulebook,
    parents: Mapping[cst.CSTNode, cst.CSTNode],
    taken: Collection[str],
) -> Compiled | None:
    """Write out every `self.model.compile(…)` that can be; None where there is none."""
    writer = _Writer(facts, rulebook, parents, taken)
    for node in walk(facts.module):
        if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
            writer.line(node)
    return writer.result() if writer.lines else None


@dataclass
class _Writer:
    facts: Facts
    rulebook: Rulebook
    parents: Mapping[cst.CSTNode, cst.CSTNode]
    taken: Collection[str]
    origins: Origins = field(default_factory=Origins)
    lines: dict[cst.BaseStatement, list[cst.SimpleStatementLine]] = field(default_factory=dict)
    optimised: dict[cst.Call, Symbol] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    # Names of optimisers that calls of `compile` read, and how often each is copied.
    copied: dict[cst.SimpleStatementLine, list[cst.CSTNode]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.attributes = set(attributes_set(self.facts.module))
        self.prefix, self.imported = _keras(self.facts, self.taken)

    def line(self, line: cst.SimpleStatementLine) -> None:
        """Take up a line that compiles a model, if all that it says can be written out."""
        call = line.body[0].value if isinstance(line.body[0], cst.Expr) else None
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            return
        value = self.facts.values.get(call.func)
        model = dotted(call.func.value)
        if not isinstance(value, Method) or value.name != "compile" or not model or not self.prefix:
            return
        given = _given(call)
        names = [f"{model.rpartition('.')[2]}_{part}" for part in ("optimizer", "loss")]
        if given is None or "." not in model or self.attributes & set(names):
            return
        loss = self._loss(given.get("loss"))
        if loss is None and "loss" in given:
            return
        optimiser = self._optimiser(given.get("optimizer"))
        if optimiser is None:
            return
        self.attributes |= set(names)
        owner = model.rpartition(".")[0]
        made = [assign(f"{owner}.{names[0]}", optimiser, line.leading_lines)]
        if loss is not None:
            made.append(assign(f"{owner}.{names[1]}", loss))
        made[-1] = made[-1].with_changes(trailing_whitespace=line.trailing_whitespace)
        self.optimised[optimiser] = Symbol.parse(f"{model}.parameters()")
        self.lines[line] = [self._stands_for(each, line, call) for each in made]
        self.notes.append((call, "safe", ".compile() → an optimiser and a loss"))
        code = [
            f"{name}={self.facts.module.code_for_node(each)}"
            for name, each in given.items() if name in _OF_THE_LOOP
        ]  # fmt: skip
        if code:
            text = f"{', '.join(' '.join(c.split()) for c in code)}: for the loop over the batches"
            self.notes.append((call, "note", text))

    def result(self) -> Compiled:
        """The module with what was taken up; an optimiser that is only copied is gone."""
        for maker, reads in self.copied.items():
            if self._is_spent(maker, reads):
                self.lines[maker] = []
            if len(reads) > 1:
                self.notes.append((maker, "note", SHARED))
        module = self.facts.module
        blocks = [
            node for node in walk(module)
            if isinstance(node, cst.Module | cst.IndentedBlock)
            and not self.lines.keys().isdisjoint(node.body)
        ]  # fmt: skip
        done: dict[cst.CSTNode, cst.CSTNode] = {}
        # What is inside of another comes after it in a walk, and has to be done before it.
        for block in reversed(blocks):
            body = [self.origins.replaced(s, done) for s in self._written_out(block.body)]
            done[block] = block.with_changes(body=body)
        module = self.origins.replaced(module, done)
        if self.imported:
            module = _importing(module)
        return Compiled(module, self.origins.of, self.optimised, tuple(self.notes))

    def _written_out(self, body: Iterable[cst.BaseStatement]) -> Iterator[cst.BaseStatement]:
        """A block's statements; comments over a line that is gone stay where they are."""
        lead: list[cst.EmptyLine] = []
        for statement in body:
            made: Sequence[cst.BaseStatement] = self.lines.get(statement, [statement])
            if not made:
                lead += comments_above(statement)
            for each in made:
                above = [*lead, *getattr(each, "leading_lines", ())]
                yield self.origins.note(led(each, above), each) if lead else each
                lead = []

    def _stands_for(
        self, new: cst.SimpleStatementLine, line: cst.CSTNode, call: cst.CSTNode
    ) -> cst.SimpleStatementLine:
        for node in walk(new):
            if isinstance(node, cst.Call | cst.Attribute | cst.Name):
                fresh = node not in self.parents and node not in self.origins.of
                self.origins.of.update({node: call} if fresh else {})
        return self.origins.note(new, line)

    def _optimiser(self, given: cst.BaseExpression | None) -> cst.Call | None:
        """The call that makes an optimiser for one model alone."""
        text = given.evaluated_value if isinstance(given, cst.SimpleString) else None
        if isinstance(text, str):
            known = self.rulebook.index["keras"]
            found = [api for api in known if api.lower() == f"{OPTIMISERS}.{text}".lower()]
            return self._call(found[0]) if found else None
        made = self.facts.values.get(given) if given is not None else None
        api = self.rulebook.canonical(made.api) if isinstance(made, Object) else ""
        if not isinstance(made, Object) or not api.startswith(OPTIMISERS):
            return None
        if made.node is given:
            return made.node
        line = self.parents.get(self.parents.get(made.node, made.node))
        plain = all(_is_literal(arg.value) for arg in made.node.args)
        if not plain or not isinstance(line, cst.SimpleStatementLine) or given is None:
            return None
        self.copied.setdefault(line, []).append(given)
        return self.origins.cloned(made.node)

    def _loss(self, given: cst.BaseExpression | None) -> cst.BaseExpression | None:
        """A loss, or a list of them; None where there is none, or its name is not known."""
        if isinstance(given, cst.List):
            parts = [self._loss(element.value) for element in given.elements]
            if None in parts:
                return None
            pairs = zip(given.elements, parts, strict=True)
            changed = [e.with_changes(value=p) for e, p in pairs]
            return given.with_changes(elements=changed)
        text = given.evaluated_value if isinstance(given, cst.SimpleString) else None
        if not isinstance(text, str):
            return None if isinstance(given, cst.Dict) else given
        name = self.rulebook.canonical(f"{LOSSES}.{text}").rpartition(".")[2]
        api = f"{LOSSES}.{''.join(word.capitalize() for word in name.split('_'))}"
        return self._call(api) if api in self.rulebook.index["keras"] else None

    def _call(self, api: str) -> cst.Call:
        callee = cst.parse_expression(f"{self.prefix}.{api.partition('.')[2]}")
        return cst.Call(callee, [])

    def _is_spent(self, maker: cst.SimpleStatementLine, reads: list[cst.CSTNode]) -> bool:
        """Whether what made an optimiser is read by nothing but calls of `compile`."""
        small = maker.body[0]
        name = dotted(small.targets[0].target) if isinstance(small, cst.Assign) else None
        if name is None or "." in name or len(maker.body) > 1:
            return False
        home = function_around(maker, self.parents) or self.facts.module
        used = {n for n in walk(home) if isinstance(n, cst.Name) and n.value == name}
        used -= {n for n in used if _is_label(n, self.parents[n])}
        return used == {*reads, *_targets(small)}


def _is_label(node: cst.Name, around: cst.CSTNode) -> bool:
    """`f(name=…)`, `x.name`."""
    return node in (getattr(around, "keyword", None), getattr(around, "attr", None))


def _targets(small: cst.BaseSmallStatement) -> list[cst.CSTNode]:
    return [t.target for t in small.targets] if isinstance(small, cst.Assign) else []


def _given(call: cst.Call) -> dict[str, cst.BaseExpression] | None:
    """What `compile` is given, by name; None where something else than it can be written out."""
    found: dict[str, cst.BaseExpression] = {}
    for i, arg in enumerate(call.args):
        name = ("optimizer", "loss", "")[min(i, 2)]
        name = arg.keyword.value if arg.keyword is not None else name
        if arg.star or name not in ("optimizer", "loss", *_OF_THE_LOOP):
            return None
        if dotted(arg.value) != "None":
            found[name] = arg.value
    return found


def _is_literal(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.UnaryOperation):
        return _is_literal(node.expression)
    return isinstance(node, cst.BaseNumber | cst.SimpleString) or dotted(node) in (
        "None", "True", "False",
    )  # fmt: skip


def _keras(facts: Facts, taken: Collection[str]) -> tuple[str, bool]:
    """How a file spells `keras`, and whether that has to be imported first; "" for not at all."""
    for name, value in facts.scope.names.items():
        api = getattr(value, "name", "")
        if api in ("keras", "tensorflow.keras", "tf_keras"):
            return name, False
        if api == "tensorflow":
            return f"{name}.keras", False
    return ("", False) if "keras" in taken else ("keras", True)


def _importing(module: cst.Module) -> cst.Module:
    """The module with `import keras` behind the imports that open it."""
    body = list(module.body)
    body.insert(behind_imports(body), cst.parse_statement("import keras\n"))
    return module.with_changes(body=body)
