"""A body in two: what constructs layers, and what applies them, with the control flow of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import libcst as cst

from porter.facts import walk
from porter.rewrite.classes import BLANK
from porter.rewrite.code import assign, comments_above, led, negated, spaced, unique
from porter.rewrite.cut.flow import (
    Context,
    Helper,
    Uncut,
    carried,
    computes,
    given_to,
    is_size,
    layers_in,
)
from porter.rewrite.cut.keeping import kept, name_sizes, names_of_sizes
from porter.rewrite.cut.loops import in_order, loop, over_tensors, variables_of
from porter.rewrite.cut.naming import attribute_names
from porter.rewrite.cut.sizes import Key
from porter.rewrite.cut.syntax import Node, block, bound, exposed, headed, reads

Statements = list[cst.BaseStatement]
NOTHING = cst.SimpleWhitespace("")


@dataclass(eq=False)
class Part:
    """A class to write: constructor arguments, inputs, and the statements of both methods.

    `sizes` are the constructor's arguments that say sizes of the inputs, `told` what its modules
    say, by the variable for it.
    """

    name: str
    params: list[cst.Param]
    inputs: list[cst.Param]
    init: Statements = field(default_factory=list)
    call: Statements = field(default_factory=list)
    lead: Sequence[cst.EmptyLine] = ()
    doc: cst.BaseStatement | None = None
    sizes: dict[Key, str] = field(default_factory=dict)
    told: dict[str, cst.BaseExpression] = field(default_factory=dict)


@dataclass(eq=False)
class Body:
    """One body being cut: a builder's, a helper's, or a loop's.

    `local` are names that mean something only in the function around it, `told` the variables
    for sizes that modules say, with the lines that bind them.
    """

    context: Context
    name: str
    statements: Statements
    tensors: set[str]
    local: set[str]
    parts: list[Part] = field(default_factory=list)
    attributes: dict[cst.Call, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    told: dict[str, tuple[cst.BaseStatement, cst.BaseExpression]] = field(default_factory=dict)
    _replaced: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tensors = carried(self.context, self.statements, self.tensors)
        self.local = self.local | bound(self.statements)
        config = bound(self.statements) - self.tensors
        calls = self._layers_in(_outside_loops(self, self.statements))
        taken = config | (self.local - self.tensors)
        taken |= self.context.applied_by_name(self.statements)
        taken -= {c.func.value for c in calls if self.context.given(c)}  # type: ignore[attr-defined]
        self.attributes = attribute_names(self.context, calls, self.statements, taken)
        self.used = {*self.attributes.values(), *taken}

    def split(self, statements: Statements, rest: set[str]) -> tuple[Statements, Statements]:
        """What of these statements constructs, and what applies; `rest` is read behind them."""
        init: Statements = []
        call: Statements = []
        for i, statement in enumerate(statements):
            behind = statements[i + 1 :]
            after = exposed(behind) | rest
            if isinstance(statement, cst.If) and self._leaves(statement) and behind:
                made, applied = self._early(statement, behind, rest)
                return [*init, *made], [*call, *applied]
            made, applied = self._one(statement, after)
            init += made
            call += applied
        return init, call

    def _one(self, statement: cst.BaseStatement, after: set[str]) -> tuple[Statements, Statements]:
        match statement:
            case cst.SimpleStatementLine():
                return self._line(statement)
            case cst.If():
                return self._if(statement, after)
            case cst.For():
                return self._for(statement, after)
            case cst.With():
                return self._with(statement, after)
            case cst.FunctionDef():
                if self.context.origins.first(statement) in self.context.helpers:
                    return [], []
                return [statement], []
        if self.bears(statement):
            raise Uncut("layers are made and applied in a statement that cannot be cut", statement)
        return [statement], []

    def bears(self, statement: cst.CSTNode) -> bool:
        """Whether a statement has to do with tensors."""
        if isinstance(statement, cst.FunctionDef):
            return False
        sizes = is_size(self.context, statement, self.tensors)
        return not sizes and bool(
            reads([statement]) & self.tensors
            or bound([statement]) & self.tensors
            or layers_in(self.context, [statement], self.tensors)
        )

    def _line(self, statement: cst.SimpleStatementLine) -> tuple[Statements, Statements]:
        if not self.bears(statement):
            return [self._sized(statement)], []
        if len(statement.body) > 1:
            raise Uncut("several statements on one line", statement)
        if self.context.calls_refused(statement):
            raise Uncut("a function that makes layers here is not translated", statement)
        made: Statements = []
        calls = self._layers_in([statement])
        for call in calls:
            self._must_be_plain(call, statement)
            made.append(assign(f"self.{self.attributes[call]}", self._construction(call)))
            self.context.origins.note(made[-1], statement)
            made += self._sizes_behind(call, statement)
        applied = self._applied(statement, calls)
        if made:
            made[0] = led(made[0], comments_above(statement))
            self.context.origins.note(made[0], statement)
            applied = led(applied, [])
            self.context.origins.note(applied, statement)
        return made, [applied]

    def _sizes_behind(self, call: cst.Call, statement: cst.BaseStatement) -> Statements:
        """The sizes of what a helper gives back, as its module says them."""
        helper = self.context.helper(call)
        found: Statements = []
        kept = self.context.sizes.kept.get(self.context.origins.first(call), {})
        for axis, name in kept.items():
            assert helper is not None
            attribute, _ = self.context.sizes.told[helper.node][axis]
            size = cst.parse_expression(f"self.{self.attributes[call]}.{attribute}")
            found.append(self.context.origins.note(assign(name, size), statement))
            self.told[name] = found[-1], size
        return found

    def _layers_in(self, statements: Statements) -> list[cst.Call]:
        """The calls that apply what the constructor makes."""
        found = layers_in(self.context, statements, self.tensors)
        return [call for call in found if not self.context.stays(call, self.tensors)]

    def _must_be_plain(self, call: cst.Call, statement: cst.CSTNode) -> None:
        above = self.context.parents.get(self.context.origins.first(call))
        while above is not None and above is not self.context.origins.first(statement):
            if isinstance(above, cst.Lambda | cst.ListComp | cst.GeneratorExp | cst.DictComp):
                raise Uncut("layers are made and applied in a comprehension", call)
            above = self.context.parents.get(above)

    def _construction(self, call: cst.Call) -> cst.BaseExpression:
        """The expression that makes what a call applies."""
        helper = self.context.helper(call)
        if helper is None:
            return self._sized(call.func)
        given = self._made_with(call, helper)
        sizes = self.context.sizes.leading(helper.node, self.context.origins.first(call))
        told = list(map(cst.Arg, self.context.ordered(helper, sizes, map(cst.Name, helper.free))))
        name: cst.BaseExpression = cst.Name(helper.name)
        if self.context.given(call) is not None:
            name, told = call.func, list(map(cst.Arg, sizes))
        args = [*told, *(self._sized(a.with_changes(whitespace_after_arg=NOTHING)) for a in given)]
        made = cst.Call(name, spaced(args))
        return self.context.origins.note(made, call)

    def _made_with(self, call: cst.Call, helper: Helper) -> list[cst.Arg]:
        """The arguments of a helper's call that its module is made with."""
        if helper.factory is not None:
            assert isinstance(call.func, cst.Call)
            return [arg for arg, _ in given_to(call.func, helper.factory)]
        bound_to = given_to(call, helper.node)
        names = {name for _, name in bound_to}
        if "**" in names and not names.issuperset(helper.tensors):
            raise Uncut("a function that makes layers is given its tensors by **", call)
        return [a for a, name in bound_to if name not in helper.tensors]

    def _applied(
        self, statement: cst.SimpleStatementLine, calls: list[cst.Call]
    ) -> cst.BaseStatement:
        origins = self.context.origins
        for call in calls:
            attribute = cst.parse_expression(f"self.{self.attributes[call]}")
            helper = self.context.helper(call)
            args = list(call.args)
            if helper is not None:
                args = [a for a, name in given_to(call, helper.node) if name in helper.tensors]
                plain = [a.with_changes(whitespace_after_arg=NOTHING) for a in args]
                args = spaced(_without_keywords(plain, helper))
            # Inner calls may be among the arguments: they were replaced before.
            inner = {c: self._replaced[c] for c in calls if c in self._replaced and c is not call}
            args = [origins.replaced(a, inner) for a in args]
            before = call.whitespace_before_args if helper is None else NOTHING
            self._replaced[call] = call.with_changes(
                func=attribute, args=args, whitespace_before_args=before
            )
        outer = {c: self._replaced[c] for c in calls}
        return origins.replaced(statement, outer)

    def _sized(self, node: Node) -> Node:
        """What is constructed by a tensor's size, with the size as the facts know it."""
        if not reads([node]) & self.tensors:
            return node
        raise Uncut("a size is only known where the layer is applied", node)

    def _leaves(self, statement: cst.If) -> bool:
        return any(isinstance(n, cst.Return) for n in walk(statement))

    def _early(
        self, statement: cst.If, behind: Statements, rest: set[str]
    ) -> tuple[Statements, Statements]:
        """`if …: return x` before more: what follows is made only otherwise."""
        if statement.orelse is not None or not _returns(statement.body):
            raise Uncut("a branch that returns cannot be cut here", statement)
        made, applied = self._if(statement, rest)
        init, call = self.split(behind, rest)
        if not made and init:
            test = self.context.origins.cloned(statement.test)
            branch = cst.If(negated(test), cst.IndentedBlock(init))
            return [self.context.origins.note(branch, statement)], [*applied, *call]
        if init:
            one = made[0]
            assert isinstance(one, cst.If)
            made = [one.with_changes(orelse=cst.Else(cst.IndentedBlock(init)))]
            self.context.origins.note(made[0], statement)
        return made, [*applied, *call]

    def _if(self, statement: cst.If, after: set[str]) -> tuple[Statements, Statements]:
        if not self.bears(statement):
            return [statement], []
        made_if, applied_if = self.split(block(statement.body), after)
        other = statement.orelse
        made_else: Statements = []
        applied_else: Statements = []
        if isinstance(other, cst.If):
            made_else, applied_else = self._if(other, after)
        elif other is not None:
            made_else, applied_else = self.split(block(other.body), after)
        tensor = computes(self.context, statement.test, self.tensors) or is_size(
            self.context, statement.test, self.tensors
        )
        if tensor and (made_if or made_else):
            raise Uncut("whether layers are made depends on a tensor", statement)
        made = self._branches(statement, made_if, made_else, first=True)
        lead = not made
        return made, self._branches(statement, applied_if, applied_else, first=lead)

    def _branches(
        self, statement: cst.If, one: Statements, two: Statements, first: bool
    ) -> Statements:
        """An `if` over what one of the methods does in its branches."""
        origins = self.context.origins
        if not one and not two:
            return []
        test = statement.test if first else origins.cloned(statement.test)
        said: cst.If | cst.Else | None = statement
        if not one:
            if (
                len(two) == 1
                and isinstance(two[0], cst.If)
                and isinstance(statement.orelse, cst.If)
            ):
                one = [cst.SimpleStatementLine([cst.Pass()])]
            else:
                test = negated(test)
                one, two, said = two, [], statement.orelse
        other = statement.orelse if first else None
        orelse: cst.If | cst.Else | None = None
        if two and isinstance(two[0], cst.If) and isinstance(statement.orelse, cst.If):
            orelse = two[0] if len(two) == 1 else cst.Else(cst.IndentedBlock(two))
        elif two:
            orelse = cst.Else(headed(two, other))
        body = headed(one, said if first else None)
        lead = list(statement.leading_lines) if first else []
        above = comments_above(other) if isinstance(other, cst.Else) else []
        if isinstance(orelse, cst.Else):
            orelse, above = orelse.with_changes(leading_lines=above), []
        made = cst.If(test, body, orelse, leading_lines=[*lead, *above])
        return [origins.note(made, statement)]

    def _with(self, statement: cst.With, after: set[str]) -> tuple[Statements, Statements]:
        if not self.bears(statement):
            return [statement], []
        apis = [
            self.context.api(item.item.func)
            for item in statement.items
            if isinstance(item.item, cst.Call)
        ]
        named = apis and all(api.rpartition(".")[2] == "name_scope" for api in apis)
        if not named or any(item.asname is not None for item in statement.items):
            raise Uncut("layers are made and applied in a `with`", statement)
        return self.split(block(statement.body), after)

    def _for(self, statement: cst.For, after: set[str]) -> tuple[Statements, Statements]:
        if not self.bears(statement):
            return [statement], []
        made = layers_in(self.context, [statement.body], self.tensors)
        free = over_tensors(self, statement) and all(map(self.context.is_weightless, made))
        if not made or free:
            return [], [statement]
        name = unique("blocks", self.used)
        self.used.add(name)
        init, call = loop(self, statement, after, name)
        start = assign(f"self.{name}", cst.List([]), statement.leading_lines)
        sizes = [
            self.context.origins.note(assign(turn.variable, turn.start), statement)
            for turn in variables_of(self, statement)
        ]
        return [self.context.origins.note(start, statement), *sizes, *init], call

    def nested(self, lines: Statements, inputs: Sequence[str]) -> Part:
        """A class for a part of this body, which is made with names that it knows."""
        name = unique(f"{self.name}Block", self.context.taken)
        self.context.taken.add(name)
        inner = Body(self.context, name, lines, set(inputs), self.local - self.tensors)
        part = finished(inner, [cst.Param(cst.Name(n)) for n in inputs], None)
        part.lead = (BLANK, BLANK)
        self.parts += [*inner.parts, part]
        return part


def finished(
    body: Body, inputs: list[cst.Param], params: list[cst.Param] | None, free: Sequence[str] = ()
) -> Part:
    """The class that a body becomes; without `params` it takes whatever it needs."""
    init, call = body.split(body.statements, set())
    config = body.local - {p.name.value for p in inputs} - body.tensors
    sizes = names_of_sizes(body)
    wanted = reads([*init, *call]) | set(sizes)
    read = [name for name in (*sizes, *in_order([*init, *call])) if name in wanted]
    if params is None:
        needed = [n for n in read if n in config and (n not in bound(init) or n in exposed(init))]
        params = [cst.Param(cst.Name(n)) for n in dict.fromkeys(needed)]
    else:
        params = [p for p in params if p.name.value in wanted]
    part = Part(body.name, params, inputs, init, call)
    kept(body, part, config)
    name_sizes(body, part)
    return part


def _outside_loops(body: Body, statements: Statements) -> Statements:
    """Statements whose layers are this body's own: those of a loop belong to its turns."""
    found: Statements = []
    for statement in statements:
        match statement:
            case cst.For() if layers_in(body.context, [statement.body], body.tensors):
                continue
            case cst.If():
                found += _outside_loops(body, block(statement.body))
                if isinstance(statement.orelse, cst.If):
                    found += _outside_loops(body, [statement.orelse])
                elif statement.orelse is not None:
                    found += _outside_loops(body, block(statement.orelse.body))
            case cst.With():
                found += _outside_loops(body, block(statement.body))
            case _:
                found.append(statement)
    return found


def _returns(suite: cst.BaseSuite) -> bool:
    lines = block(suite)
    last = lines[-1] if lines else None
    return isinstance(last, cst.SimpleStatementLine) and isinstance(last.body[-1], cst.Return)


def _without_keywords(args: list[cst.Arg], helper: Helper) -> list[cst.Arg]:
    """Tensors by position, where they come in the order of the parameters."""
    plain = cst.MaybeSentinel.DEFAULT
    names = [a.keyword.value for a in args if a.keyword is not None]
    if names == list(helper.tensors)[: len(names)]:
        return [a.with_changes(keyword=None, equal=plain) for a in args]
    return args
