"""Which event of the target stands for which of the source, and what a line ought to bind."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cached_property

from porter.verify.align import Alignment
from porter.verify.events import Event, Events
from porter.verify.manifest import CallEntry, Manifest, Site


class Text:
    """The statements of a file by line."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self._statements = {
            line: node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt)
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }

    def at(self, line: int) -> ast.stmt | None:
        """The innermost statement that a line belongs to."""
        return self._statements.get(line)

    def reads(self, line: int) -> set[str]:
        """The names that the statement there reads."""
        statement = self.at(line)
        if statement is None:
            return set()
        return {
            n.id
            for n in ast.walk(statement)
            if isinstance(n, ast.Name)
            and (isinstance(n.ctx, ast.Load) or isinstance(statement, ast.AugAssign))
        }

    def value(self, line: int) -> ast.expr | None:
        """What the statement there binds or returns."""
        statement = self.at(line)
        found = isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Return))
        return statement.value if found else None  # type: ignore[union-attr]

    @cached_property
    def scopes(self) -> dict[str, tuple[int, int]]:
        """From where to where the top level's classes and functions reach."""
        kinds = (ast.ClassDef, ast.FunctionDef)
        return {
            n.name: (n.lineno, n.end_lineno or 0) for n in self.tree.body if isinstance(n, kinds)
        }


class Pairing:
    """Pairs by the manifest's spans, by aligned layers, by line."""

    def __init__(
        self,
        source: Events,
        target: Events,
        alignment: Alignment,
        manifest: Manifest | None,
        texts: tuple[Text, Text],
    ) -> None:
        self.source, self.target, self.manifest = source, target, manifest
        self.source_names, self.text = set(texts[0].scopes), texts[1]
        self.partners = {link.nodes[1]: link.nodes[0] for link in alignment.links}
        self.partners[alignment.target.root] = alignment.source.root
        self.entries = manifest.calls if manifest else ()
        self.ran = {e.line for e in target.all if e.site}
        self.bound = {e.line for e in source.all if e.what == "line"}
        self.by_span: dict[Event, Event] = {}
        for entry in self.entries:
            ours, theirs = self._source_calls(entry), self._target_calls(entry)
            self.by_span |= dict(zip(theirs, ours, strict=False))
        self._count: Counter[tuple[int, str]] = Counter()
        self.turns: dict[Event, int] = {}
        for event in target.all:
            if event.what == "line":
                self.turns[event] = self._count[event.line, event.name]
                self._count[event.line, event.name] += 1

    @cached_property
    def helpers(self) -> dict[str, tuple[int, int]]:
        """Classes and functions that the source has nothing like, to be judged as a whole."""
        if self.manifest is None:
            return {}
        lines = {e.target.line for e in self.entries}
        lines |= {p.target.span.line for p in self.manifest.parameters}
        return {
            name: (start, end)
            for name, (start, end) in self.text.scopes.items()
            if name not in self.source_names and not any(start <= line <= end for line in lines)
        }

    def is_helper(self, site: Site | None) -> bool:
        return site is not None and any(a <= site.line <= b for a, b in self.helpers.values())

    def is_helper_class(self, name: str) -> bool:
        return name in self.helpers

    def partner(self, event: Event) -> Event | None:
        return self.by_span.get(event) or self.aligned(event)

    def aligned(self, event: Event) -> Event | None:
        """The source's call of the layer that is this layer's partner."""
        node = self.partners.get(event.node or "")
        if node is None or event.node is None or event.what != "call":
            return None
        calls, k = self.source.of(node), self.target.of(event.node).index(event)
        return calls[k] if k < len(calls) else None

    def is_other_layer(self, event: Event, partner: Event) -> bool:
        """Is a layer called where the source calls the partner of another?"""
        node = self.partners.get(event.node or "")
        bearing = set(self.partners.values())
        if node is None:
            return False
        if partner.node in bearing and partner.node != node:
            return True
        meant = {
            call.node
            for entry in self.entries
            if self._is_on(entry, event.site)
            for call in self._source_calls(entry)
            if call.node in bearing
        }
        called = {e.node for e in self.target.calls if e.line == event.line} & set(self.partners)
        return bool(meant) and len(meant) == len(called) and node not in meant

    def expected(self, event: Event) -> tuple[Event, ...]:
        """What the source's line has bound where a line of the target does so."""
        entry = self._outermost(event)
        if entry is None:
            return ()
        k = self.turns[event]
        ours = self.source.bound(entry.source.line, event.name)
        if ours:
            return (ours[k],) if k < len(ours) and self._is_last(entry, event) else ()
        if entry.source.line in self.bound:
            return ()
        calls = self._source_calls(entry)
        return (calls[k],) if self._is_whole(entry, event.line) and k < len(calls) else ()

    def missing(self) -> tuple[CallEntry, Event] | None:
        """The first call of the source whose place in the target is reached but calls nothing."""
        found = [
            (entry, calls[0])
            for entry in self.entries
            if (calls := self._source_calls(entry)) and not self._target_calls(entry)
            and entry.target.line in self.ran
        ]  # fmt: skip
        return min(found, key=lambda pair: pair[1].index, default=None)

    def _is_whole(self, entry: CallEntry, line: int) -> bool:
        """Does an entry's call give the value that the line binds, not a part of it?"""
        value = self.text.value(line)
        return isinstance(value, (ast.Call, ast.Name, ast.Attribute)) and (
            (entry.target.line, entry.target.column) <= (value.lineno, value.col_offset + 1)
        )

    def _outermost(self, event: Event) -> CallEntry | None:
        """The entry that spans most of the line."""
        found = [e for e in self.entries if self._is_on(e, event.site)]
        # What ran while the model was built is not what a line of the run binds.
        found = [e for e in found if e.target.line in self.ran]
        return max(found, key=lambda e: (e.target.end_line, e.target.end_column), default=None)

    def _is_on(self, entry: CallEntry, site: Site | None) -> bool:
        assert self.manifest is not None
        return (
            site is not None
            and entry.target.covers(site.line)
            and self.manifest.holds(entry.file, site.file)
        )

    def _is_last(self, entry: CallEntry, event: Event) -> bool:
        """One line of the source may have become several; the last binds what it bound."""
        same = (e for e in self.entries if e.source.line == entry.source.line)
        return max((e.target.line for e in same), default=0) <= event.line

    def _source_calls(self, entry: CallEntry) -> list[Event]:
        assert self.manifest is not None
        return self.source.at(entry.source, entry.file, self.manifest)

    def _target_calls(self, entry: CallEntry) -> list[Event]:
        assert self.manifest is not None
        return self.target.at(entry.target, entry.file, self.manifest)
