"""Writing a translation down as an expression of the target framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import libcst as cst

from porter.facts import map_axis
from porter.rewrite.code import parenthesised, spaced
from porter.rewrite.inline import applied
from porter.rewrite.plan import Activation, Plan
from porter.rewrite.spelling import Spelling
from porter.rewrite.template import (
    AXES,
    Axes,
    Nodes,
    Unwritable,
    bare,
    fill,
    receiver,
    spelled,
    visible_writer,
)
from porter.rulebook import (
    Expression,
    Output,
    Rulebook,
    Side,
    Size,
    Symbol,
    Tensor,
    Term,
    Translation,
    Untranslatable,
    is_known,
    known,
    other,
    translate,
)
from porter.source import Kind

Order = tuple[int, ...] | None
NO_SPACE = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


@dataclass(frozen=True)
class Emitter:
    """Expressions for one file; `visible` says which names can be used where we write."""

    rulebook: Rulebook
    side: Side
    spelling: Spelling
    visible: Callable[[str], bool]
    note: Callable[[Kind, str], None]

    @property
    def target(self) -> Side:
        return other(self.side)

    def write(self, term: Term) -> cst.BaseExpression:
        """A term as an expression; raises Unwritable where it cannot be seen from here."""
        try:
            written = cst.parse_expression(visible_writer(self._allowed)(term))
            return spelled(written, self.spelling)
        except ValueError as error:
            raise Unwritable("this cannot be written down") from error

    def fill(
        self, template: Expression, translation: Translation, nodes: Nodes, order: Order = None
    ) -> cst.BaseExpression:
        """A template filled in; its axes stand as they do in `order`."""
        env = translation.env
        axes = (
            None
            if order is None
            else Axes(_axes(translation, self.side), partial(_mapped, order=order))
        )
        writer = visible_writer(self._allowed)
        defaults = partial(self.rulebook.defaults, self.target)
        return fill(template, env, nodes, self.spelling, writer, axes, defaults)

    def _allowed(self, name: str) -> bool:
        return name == self.target or self.visible(name)

    def core(
        self, translation: Translation, nodes: Nodes, order: Order = None
    ) -> cst.BaseExpression:
        """The call itself: the rule's template, or the target's signature filled in."""
        if translation.case.layout != "follow":
            order = None
        nodes = self._without_axes(translation, nodes, order)
        for helper in translation.case.helpers:
            self.spelling.helper(helper)
        half = translation.half
        if half.write is not None:
            absent = sorted(half.write.names & set(translation.missing))
            if absent:
                raise Unwritable(f"{', '.join(absent)} is not known here")
            return self.fill(half.write, translation, nodes, order)
        if half.call is not None and not half.constructs:
            return self.fill(half.call, translation, nodes, order)
        translation = self._without_invisible(translation)
        api, skipped = _lazy(translation)
        if skipped:
            self.note("note", f"{', '.join(skipped)} is not known here: it is left Lazy")
        if api in LAZY_HELPERS:
            self.spelling.helper(LAZY_HELPERS[api])
        args: list[cst.Arg] = []
        for output in translation.outputs:
            axes = _axes(translation, self.side) | _axes(translation, self.target)
            moved = output if order is None else _reordered(output, order, axes)
            args += self._arguments(moved, translation, nodes)
        for output in _moved_defaults(translation, order) if order is not None else ():
            args += self._arguments(output, translation, nodes)
        if ".Tensor." in api and args:
            return _method(api.rsplit(".", 1)[-1], args, translation.target.is_call)
        name = self.spelling.own(api) if api in LAZY_HELPERS else self.spelling.name(api)
        return cst.Call(name, spaced(args))

    def _without_invisible(self, translation: Translation) -> Translation:
        """A layer without the sizes that have no name where it is made: PyTorch finds them out."""
        unseen = [
            output.name for output in translation.outputs
            if output.name in translation.case.infer and not self._can_say(output.term)
        ]  # fmt: skip
        if not unseen or translation.target.api not in LAZY:
            return translation
        kept = [o for o in translation.outputs if o.name not in unseen]
        outputs = tuple(replace(output, positional=False) for output in kept)
        return replace(translation, outputs=outputs, missing=(*translation.missing, *unseen))

    def _can_say(self, term: Term) -> bool:
        try:
            self.write(term)
        except Unwritable:
            return False
        return True

    def _without_axes(self, translation: Translation, nodes: Nodes, order: Order) -> Nodes:
        """Expressions of arguments; what an axis is in another order is not what was written."""
        if order is None:
            return nodes
        axes = _axes(translation, self.side)
        return {name: node for name, node in nodes.items() if name not in axes}

    def _arguments(self, output: Output, translation: Translation, nodes: Nodes) -> list[cst.Arg]:
        if output.source is not None and output.source in nodes:
            value = nodes[output.source]
        else:
            value = self.write(output.term)
        if output.starred and isinstance(known(output.term), int | Size):
            return [cst.Arg(value)]
        if output.starred:
            if isinstance(value, cst.Tuple | cst.List) and value.elements:
                return [cst.Arg(element.value) for element in value.elements]
            if isinstance(value, cst.Tuple | cst.List):
                return [cst.Arg(cst.Tuple([]))]
            return [cst.Arg(value, star="*")]
        if output.positional:
            return [cst.Arg(bare(value))]
        return [cst.Arg(bare(value), keyword=cst.Name(output.name), equal=NO_SPACE)]

    def pieces(self, plan: Plan, nodes: Nodes, order: Order) -> list[cst.BaseExpression]:
        """The modules that a layer becomes, in order."""
        assert plan.translation is not None
        found = self.around_core(plan, self.core(plan.translation, nodes, order), nodes)
        if plan.activation is not None and plan.activation.name != "linear":
            found.append(self.activation_module(plan.activation, order))
        return found

    def around_core(
        self, plan: Plan, core: cst.BaseExpression, nodes: Nodes
    ) -> list[cst.BaseExpression]:
        """A module between those that a rule puts before and after it."""
        translation = plan.translation
        assert translation is not None
        half = translation.half
        before = [self.fill(t, translation, nodes) for t in half.before]
        after = [self.fill(t, translation, nodes) for t in half.after]
        return [*before, core, *after]

    def activation_module(self, activation: Activation, order: Order) -> cst.BaseExpression:
        """An activation as a module of its own; raises Unwritable where there is none."""
        if activation.term is not None and activation.node is not None:
            return self.named_module(activation.term, activation.node, order)
        if activation.name is None and activation.node is not None:
            return self.function_module(activation.node)
        given = {"activation": activation.name}
        for rule in self.rulebook.find("keras.layers.Activation", self.side):
            try:
                translation = translate(rule, self.side, given, {"input": Tensor(), "used": "all"})
            except Untranslatable:
                continue
            if order is not None and translation.outputs:
                outputs = tuple(_reordered(o, order) for o in translation.outputs)
                translation = _replace_outputs(translation, outputs)
            return self.core(translation, {}, None)
        raise Unwritable(f"the activation {activation.name} has no module")

    def named_module(
        self, term: Symbol, node: cst.BaseExpression, order: Order
    ) -> cst.BaseExpression:
        """The module of an activation by the name that a caller gives."""
        given = {"activation": term}
        for rule in self.rulebook.find("keras.layers.Activation", self.side):
            try:
                translation = translate(rule, self.side, given, {"input": Tensor(), "used": "all"})
            except Untranslatable:
                continue
            return self.core(translation, {"activation": node}, order)
        raise Unwritable("there is no module for an activation by its name")

    def function_module(
        self, node: cst.BaseExpression, args: Sequence[cst.Arg] = ()
    ) -> cst.BaseExpression:
        """A module that applies a function."""
        self.spelling.helper("lambda_layer")
        return cst.Call(self.spelling.own("LambdaLayer"), spaced([cst.Arg(node), *args]))

    def activated(
        self, activation: Activation | None, x: cst.BaseExpression, order: Order
    ) -> cst.BaseExpression:
        """`activation(x)`."""
        if activation is None or activation.name == "linear" or activation.term is not None:
            return x
        if activation.api is None:
            assert activation.node is not None
            return applied(activation.node, x)
        for rule in self.rulebook.find(activation.api, self.side):
            try:
                translation = translate(
                    rule, self.side, {"x": Tensor()}, {"used": "all"}, activation.api
                )
            except Untranslatable:
                continue
            if order is not None and translation.outputs:
                outputs = tuple(_reordered(o, order) for o in translation.outputs)
                translation = _replace_outputs(translation, outputs)
            return self.core(translation, {"x": x}, None)
        raise Unwritable(f"the activation {activation.name} has no function")

    def functional(self, template: Expression) -> bool:
        """Whether a module around a layer can be written as a function instead."""
        api = _template_api(template)
        return api in self.rulebook.names.get("functional", {})

    def around(
        self, template: Expression, translation: Translation, nodes: Nodes, x: cst.BaseExpression
    ) -> cst.BaseExpression:
        """A module around a layer as a function of a tensor: `F.pad(x, (0, 1))`."""
        module = self.fill(template, translation, nodes)
        assert isinstance(module, cst.Call)
        function = self.rulebook.names["functional"][_template_api(template)]
        return cst.Call(self.spelling.name(function), spaced([cst.Arg(x), *module.args]))

    def applied(
        self,
        plan: Plan,
        callee: cst.BaseExpression,
        inputs: Sequence[cst.BaseExpression],
        nodes: Nodes,
        order: Order,
    ) -> cst.BaseExpression:
        """A split layer's application: padding, call, how its result is read, activation."""
        translation = plan.translation
        assert translation is not None
        half = translation.half
        if not inputs:
            raise Unwritable("what it is applied to is not known")
        x = inputs[0]
        apart = all(self.functional(t) for t in (*half.before, *half.after))
        for template in half.before if apart else ():
            x = self.around(template, translation, nodes, x)
        result: cst.BaseExpression
        if half.call is not None:
            order_inside = order if translation.case.layout == "follow" else None
            names = self._without_axes(translation, nodes, order_inside)
            listed = cst.List(
                [i if isinstance(i, cst.StarredElement) else cst.Element(i) for i in inputs]
            )
            names = {**names, "module": callee, "input": x, "inputs": listed}
            result = self.fill(half.call, translation, names, order_inside)
        else:
            rest = [cst.Arg(i) for i in inputs[1:]]
            result = cst.Call(callee, spaced([cst.Arg(x), *rest]))
        for template in half.after if apart else ():
            result = self.around(template, translation, nodes, result)
        return self.activated(plan.activation, result, order)


def _method(name: str, args: list[cst.Arg], is_call: bool) -> cst.BaseExpression:
    """`x.reshape(2, 3)`: a tensor's method on its first argument."""
    method = cst.Attribute(receiver(args[0].value), cst.Name(name))
    return cst.Call(method, spaced(args[1:])) if is_call else method


def _mapped(term: Term, order: tuple[int, ...]) -> Term:
    axis = known(term)
    if axis is None:
        return None
    if isinstance(axis, int):
        return map_axis(axis, order, len(order))
    if isinstance(axis, tuple | list) and is_known(axis):
        return tuple(map_axis(a, order, len(order)) for a in axis)
    raise Unwritable("the axis is not known, and the layout changes")


def _axes(translation: Translation, side: Side) -> frozenset[str]:
    """Parameters of one side that are axes."""
    signature = translation.rule.signatures.get(side)
    parameters = () if signature is None else signature.parameters
    return frozenset(p.name for p in parameters if p.type == "axis")


def _reordered(
    output: Output, order: tuple[int, ...], axes: frozenset[str] = frozenset()
) -> Output:
    if not {output.name, output.source} & (axes | set(AXES)):
        return output
    return Output(output.name, output.positional, _mapped(output.term, order), None)


def _moved_defaults(translation: Translation, order: tuple[int, ...]) -> Iterator[Output]:
    """Axes that nobody writes, where another one stands for the default in this order."""
    written = {output.name for output in translation.outputs}
    for parameter in translation.target.parameters:
        default = parameter.default
        if parameter.name in written or parameter.type != "axis" or parameter.required:
            continue
        if isinstance(default, int) and map_axis(default, order, len(order)) % len(order) != (
            default % len(order)
        ):
            yield Output(parameter.name, False, _mapped(default, order))


def _replace_outputs(translation: Translation, outputs: tuple[Output, ...]) -> Translation:
    return Translation(
        translation.rule, translation.case, translation.side, translation.target, outputs,
        translation.missing, translation.env,
    )  # fmt: skip


LAZY = frozenset(
    f"torch.nn.{name}"
    for name in (
        "Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d",
        "ConvTranspose3d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d",
    )
)  # fmt: skip
# What PyTorch has no Lazy variant of, and the files of helpers that are one.
LAZY_HELPERS = {"LazyLayerNorm": "lazy_layer_norm"}


def _lazy(translation: Translation) -> tuple[str, tuple[str, ...]]:
    """The API to construct: torch's Lazy variant where an input size is not known."""
    api = translation.target.api
    if not translation.missing:
        return api, ()
    if api in LAZY:
        module, name = api.rsplit(".", 1)
        return f"{module}.Lazy{name}", translation.missing
    own = f"Lazy{api.rpartition('.')[2]}"
    if own in LAZY_HELPERS and not translation.half.set:
        return own, translation.missing
    raise Unwritable(f"{', '.join(translation.missing)} is not known here")


def _template_api(template: Expression) -> str:
    return template.text.partition("(")[0].strip()


def permuted(
    node: cst.BaseExpression, order: tuple[int, ...], target: Side, spelling: Spelling
) -> cst.BaseExpression:
    """`x.permute(0, 3, 1, 2)` or `ops.transpose(x, (0, 2, 3, 1))`."""
    if target == "torch":
        args = [cst.Arg(cst.Integer(str(d))) for d in order]
        return cst.Call(cst.Attribute(parenthesised(node), cst.Name("permute")), spaced(args))
    axes = cst.parse_expression(f"({', '.join(map(str, order))})")
    return cst.Call(
        spelling.name("keras.ops.transpose"), spaced([cst.Arg(bare(node)), cst.Arg(axes)])
    )
