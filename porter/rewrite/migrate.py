"""One file: parsed, understood, rewritten, its imports arranged, its manifest drawn up."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from porter.facts import analyse, is_framework, parents
from porter.rewrite import unbound, unproven
from porter.rewrite.borrowed import named_apart
from porter.rewrite.classes import names_read
from porter.rewrite.compiled import compiled
from porter.rewrite.cut import cut
from porter.rewrite.cut.syntax import Origins
from porter.rewrite.findings import Findings
from porter.rewrite.frozen import moved_though_frozen
from porter.rewrite.graph import find_graphs
from porter.rewrite.imports import arrange
from porter.rewrite.manifest import draw_up
from porter.rewrite.margin import within_margin
from porter.rewrite.options import Migration, Options
from porter.rewrite.plan import Left, make_plans, moved_in_vain
from porter.rewrite.rewriter import Rewriter
from porter.rewrite.seen import seen_at, tell
from porter.rewrite.settled import settled
from porter.rewrite.spelling import Spelling, bound_names, foreign_imports, imported_names
from porter.rewrite.unneeded import pared
from porter.rulebook import Rulebook, Side, Symbol, load_rulebook, other

# A line and a column.
Place = tuple[int, int]
Staying = dict[cst.CSTNode, Left]

MARKS = {"torch": ("keras", "tensorflow"), "keras": ("torch",)}


def migrate_source(
    text: str,
    *,
    to: Literal["torch", "keras"],
    path: str = "<stdin>",
    options: Options | None = None,
) -> Migration:
    """Migrate one file's text; raises SyntaxError on text that is not Python.

    A file that an earlier run has marked stays as it is, and its marks are the findings.
    """
    options = options or Options(to=to)
    left = settled(text, to, path)
    if left is not None:
        return Migration(path, text, text, left)
    if not any(mark in text for mark in MARKS[to]) or not _uses(text, to):
        return Migration(path, text, text)
    rulebook = load_rulebook(tuple(Path(d) for d in options.rule_dirs))
    if options.select or options.ignore:
        rulebook = rulebook.limited(options.select, options.ignore)
    return _migrate(text, path, options, rulebook)


def _uses(text: str, to: Side) -> bool:
    """Whether a file imports the source framework at all."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        if any(is_framework(module, other(to)) for module in modules):
            return True
    return False


def _migrate(text: str, path: str, options: Options, rulebook: Rulebook) -> Migration:
    """A layer that cannot be written, or not where it is applied, stays as it was everywhere.

    That shows only once it has been tried, so that the file is taken up again without it.
    """
    left: dict[Place, Left] = {}
    while True:
        result = _attempt(text, path, options, rulebook, left)
        if isinstance(result, Migration):
            return result
        left = {**result, **left}


def _attempt(
    text: str, path: str, options: Options, rulebook: Rulebook, left: Mapping[Place, Left]
) -> Migration | dict[Place, Left]:
    """The file with some layers left as they are; or, where others have to stay, these."""
    side = other(options.to)
    module = read = cst.parse_module(text)
    positions = positions_of(module)
    native = options.layout == "native"
    staying = _at(left, positions)
    seen = seen_at(options.seen, positions)
    facts = analyse(module, rulebook, side, native, left=frozenset(staying), seen=seen)
    above = parents(module)
    findings = Findings(path, positions)
    told = compiled(facts, rulebook, above, bound_names(module)) if side == "keras" else None
    optimisers: Mapping[cst.Call, Symbol] = {}
    if told is not None:
        positions = _positions_in(told.origins, positions)
        module, optimisers, findings.positions = told.module, told.optimised, positions
        for node, kind, message in told.notes:
            findings.add(node, kind, message, rule="compile", api=".compile()")
        seen = seen_at(options.seen, positions)
        facts = analyse(
            module, rulebook, side, native,
            left=frozenset(staying), optimisers=optimisers, seen=seen,
        )  # fmt: skip
        above = parents(module)
    plans = make_plans(facts, rulebook, side, above, options.unsafe, staying)
    framework = "torch" if options.to == "torch" else options.flavor
    taken = bound_names(module) | foreign_imports(module, framework)
    graphs = find_graphs(facts, above, plans, taken) if side == "keras" else []
    shaped = cut(facts, rulebook, above, plans, graphs, taken) if side == "keras" else None
    if shaped is not None:
        positions = _positions_in(shaped.origins, positions)
        staying = _at(left, positions)
        facts = analyse(
            shaped.module, rulebook, side, native, shaped.models,
            named=shaped.sizes, last=shaped.last, left=frozenset(staying), optimisers=optimisers,
            seen=seen_at(options.seen, positions),
        )  # fmt: skip
        above = parents(shaped.module)
        plans = make_plans(facts, rulebook, side, above, options.unsafe, staying)
        taken = bound_names(shaped.module) | foreign_imports(shaped.module, framework)
        graphs = find_graphs(facts, above, plans, taken)
        module, findings.positions = shaped.module, positions
    spelling = Spelling(framework, taken, bound_names(module) | imported_names(module))
    rewriter = Rewriter(
        facts,
        rulebook,
        side,
        spelling,
        plans,
        graphs,
        findings,
        above,
        options.unsafe,
        {} if shaped is None else shaped.lost,
    )
    shortened = Origins()
    rewritten = pared(module.visit(rewriter), read, shortened)
    vain = moved_in_vain(facts, plans) | moved_though_frozen(plans, rewriter.frozen)
    torn = {
        _place(positions[n]): why for n, why in {**vain, **rewriter.torn}.items() if n in positions
    }
    if not torn.keys() <= left.keys():
        return torn
    helpers = _helpers(rulebook, spelling, options.to)
    helpers, own = named_apart(rewritten, helpers, spelling.used)
    names = set(names_read([rewritten, *helpers]))
    final = arrange(
        within_margin(rewritten, read, shortened), spelling.statements(names), helpers, module, own
    )
    code = final.code
    if code == text:
        return Migration(path, text, text, findings.sorted())
    compile(code, path, "exec", dont_inherit=True)
    unbound.report(findings, module, text, code)
    tell(options.seen, module, facts, findings)
    unproven.tell(findings, rulebook, side, options.rule_dirs)
    manifest = draw_up(rewriter, positions, _places_of(final, shortened), path)
    return Migration(path, text, code, findings.sorted(), manifest)


def _place(position: Any) -> Place:
    return position.start.line, position.start.column


def _at(left: Mapping[Place, Left], positions: Mapping[cst.CSTNode, Any]) -> Staying:
    """The calls that begin where a layer is left."""
    calls = ((n, _place(p)) for n, p in positions.items() if isinstance(n, cst.Call))
    return {node: left[place] for node, place in calls if place in left}


def _positions_in(
    origins: Mapping[cst.CSTNode, cst.CSTNode], positions: Mapping[cst.CSTNode, Any]
) -> dict[cst.CSTNode, Any]:
    """Where in the file each node stands of a module that was changed before it is rewritten."""
    found = dict(positions)
    for new in origins:
        old = new
        while old in origins:
            old = origins[old]
        if old in positions:
            found[new] = positions[old]
    return found


def _places_of(module: cst.Module, shortened: Origins) -> Mapping[cst.CSTNode, Any]:
    """Where each node ended up, by what it was before calls lost arguments, too."""
    found = dict(positions_of(module))
    for new, old in reversed(shortened.of.items()):
        if new in found:
            found[old] = found[new]
    return found


def positions_of(module: cst.Module) -> Mapping[cst.CSTNode, Any]:
    """Where each node of a module begins and ends."""
    wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
    return wrapper.resolve(PositionProvider)


def _helpers(rulebook: Rulebook, spelling: Spelling, to: str) -> list[cst.BaseStatement]:
    """The definitions of the helpers that the output uses; their imports join the file's."""
    found: list[cst.BaseStatement] = []
    for name in spelling.helpers:
        source = cst.parse_module(rulebook.helpers[f"{to}/{name}"])
        for statement in source.body:
            code = source.code_for_node(statement).strip()
            if code.startswith(("import ", "from ")):
                spelling.needed[code] = None
            elif not code.startswith('"""'):
                found.append(statement)
    return found
