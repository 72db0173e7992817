"""Which array of the source is which of the target.

Attribute paths decide, never the order in which layers run: two layers of equal shape that
were swapped must come out as a difference. The manifest says what became of every construction
site; where a user's class became a user's class, attributes are followed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from porter.rulebook import WeightMap, WeightMapError
from porter.verify.guess import fitting_weights
from porter.verify.manifest import Manifest, ParameterEntry
from porter.verify.process import Arrays
from porter.verify.tree import Node, Tree


@dataclass(frozen=True)
class Link:
    """Two layers' arrays, by the names of a weight map, and that map."""

    source: dict[str, str]
    target: dict[str, str]
    weights: WeightMap
    label: str
    nodes: tuple[str, str]


class MisfitError(WeightMapError):
    """A layer's arrays do not fit those of its partner."""

    def __init__(self, link: Link, text: str) -> None:
        super().__init__(text)
        self.link = link


@dataclass(frozen=True)
class Alignment:
    """All links; arrays without a partner; arrays that stay as they are; doubts."""

    source: Tree
    target: Tree
    links: tuple[Link, ...]
    unmatched: tuple[str, ...]
    constant: tuple[str, ...]
    notes: tuple[str, ...]
    # No manifest says who is whose partner; and order alone told layers of equal shape apart.
    guessed: bool = False
    ordered: bool = False

    @property
    def merged(self) -> int:
        """How many torch arrays share a Keras array with another."""
        chains = [c for link in self.links for c in link.weights.chains.values()]
        return sum(len(c.names) - 1 for c in chains)

    @property
    def mapped(self) -> int:
        return sum(len(link.source) for link in self.links)

    def carry(self, values: Arrays) -> Arrays:
        """The target's arrays from the source's; both by array id. Raises MisfitError."""
        found: Arrays = {}
        for link in self.links:
            found |= self._carried(link, values)
        return found

    def carry_fitting(self, values: Arrays) -> Arrays:
        """The same, without what does not fit."""
        found: Arrays = {}
        for link in self.links:
            with contextlib.suppress(MisfitError):
                found |= self._carried(link, values)
        return found

    def _carried(self, link: Link, values: Arrays) -> Arrays:
        have = {n: values[v] for n, v in link.source.items()}
        shapes = {n: self.target.variables[v].shape for n, v in link.target.items()}
        to_torch = self.source.side == "keras"
        try:
            made = (link.weights.to_torch if to_torch else link.weights.to_keras)(have, shapes)
        except WeightMapError as error:
            raise MisfitError(link, f"{link.label}: {error}") from error
        return {link.target[n]: a for n, a in made.items()}


def align(source: Tree, target: Tree, manifest: Manifest | None) -> Alignment:
    """Find every array's partner."""
    aligner = _Aligner(source, target, manifest)
    aligner.pair(source.root, target.root)
    if manifest is None:
        aligner.in_order()
    else:
        aligner.by_entries(source.root, target.root)
    return aligner.result()


class _Aligner:
    def __init__(self, source: Tree, target: Tree, manifest: Manifest | None) -> None:
        self.source, self.target, self.manifest = source, target, manifest
        self.entries = manifest.parameters if manifest else ()
        self.partner: dict[str, str] = {}
        self.taken: set[str] = set()
        self.links: list[Link] = []
        self.used: set[str] = set()
        self.constant: set[str] = set()
        self.notes: list[str] = []
        self.ordered = False
        self._there: set[int] | None = None

    def pair(self, s: str, t: str) -> None:
        """Take two parts for partners, and everything in them that their names relate."""
        if s in self.partner or t in self.taken:
            if self.partner.get(s) != t:
                self.notes.append(f"{self._say(s)} is shared on one side only")
            return
        one, two = self.source.nodes[s], self.target.nodes[t]
        if one.is_leaf or two.is_leaf:
            self._leaves(s, t)
            return
        self.partner[s] = t
        self.taken.add(t)
        self._own(s, t)
        if one.graph and two.graph:
            self._lists(self._bearing(self.source, s), self._bearing(self.target, t))
        elif not one.graph and not two.graph:
            self._attributes(s, t)
        else:
            self.by_entries(s, t)

    def _attributes(self, s: str, t: str) -> None:
        ours = _grouped(self._named(self.source, s))
        theirs = _grouped(self._named(self.target, t))
        for attribute, parts in ours.items():
            name = self._renamed(self.source.nodes[s], attribute, theirs)
            if name in theirs:
                self._lists(parts, theirs[name])

    def _renamed(self, owner: Node, attribute: str, known: Iterable[str]) -> str:
        for entry in self.entries:
            if entry.source.owner in owner.classes and entry.source.attribute == attribute:
                return entry.target.attribute or attribute
        same = [k for k in known if _plain(k) == _plain(attribute)]
        return same[0] if same and attribute not in known else attribute

    def _lists(self, ours: list[str], theirs: list[str]) -> None:
        if len(ours) != len(theirs):
            if len(ours) == 1 and self.source.nodes[ours[0]].graph:
                ours = self._bearing(self.source, ours[0])
            elif len(theirs) == 1 and self.target.nodes[theirs[0]].graph:
                theirs = self._bearing(self.target, theirs[0])
        if len(ours) == len(theirs):
            for s, t in zip(ours, theirs, strict=True):
                self.pair(s, t)

    def by_entries(self, s: str, t: str) -> None:
        """Pair what is left below two parts: by construction site, k-th with k-th."""
        left = [n for n in self.source.below(s) if n not in self.partner]
        right = [n for n in self.target.below(t) if n not in self.taken]
        by_entry: dict[int, list[str]] = {}
        for node in left:
            index = self._entry_index(node)
            if index is not None:
                by_entry.setdefault(index, []).append(node)
        for index, nodes in by_entry.items():
            entry = self.entries[index]
            made = [n for n in right if self._is_target(n, entry) and n not in self.taken]
            if len(made) != len(nodes):
                made = self._whole(t, entry)
            if len(made) == len(nodes):
                for one, two in zip(nodes, made, strict=True):
                    self.pair(one, two)
        self._by_class(left, right)

    def _whole(self, t: str, entry: ParameterEntry) -> list[str]:
        """An entry's parts with parts in them that no one has taken, as constructed."""
        inside = [n for n in self.target.parts(t) if not self.target.nodes[n].is_leaf]
        left = [n for n in inside if not self.taken & {n, *self.target.below(n)}]
        made = [n for n in left if self._is_target(n, entry)]
        # A class of the output, SameConv2d say, may itself be a part of what stands for a layer.
        within = {part for n in made for part in self.target.parts(n)}
        return [n for n in made if n not in within]

    def _by_class(self, left: list[str], right: list[str]) -> None:
        """User parts with arrays of their own: the k-th of a class with the k-th of its name."""
        for name in dict.fromkeys(self.source.nodes[n].kind for n in left):
            ours = [n for n in left if self.source.nodes[n].kind == name and n not in self.partner]
            theirs = [n for n in right if self.target.nodes[n].kind == name and n not in self.taken]
            if len(ours) == len(theirs) and self.source.nodes[ours[0]].classes if ours else False:
                for s, t in zip(ours, theirs, strict=True):
                    self.pair(s, t)

    def in_order(self) -> None:
        """Hand-written pairs: what is left, in order of construction, where shapes allow."""
        left = [n for n in self.source.below(self.source.root) if n not in self.partner]
        right = [n for n in self.target.below(self.target.root) if n not in self.taken]
        if not left or len(left) != len(right):
            return
        for s, t in zip(left, right, strict=True):
            self.pair(s, t)
        shapes = [self._shapes(n) for n in left]
        if len(set(shapes)) < len(shapes):
            self.ordered = True
            self.notes.append("layers of equal shape were told apart by their order alone")

    def _shapes(self, node: str) -> tuple[tuple[int, ...], ...]:
        return tuple(self.source.variables[v].shape for v in self.source.arrays(node).values())

    def _entry_index(self, node_id: str) -> int | None:
        node = self.source.nodes[node_id]
        for i, entry in enumerate(self.entries):
            site = node.site
            here = site and self._holds(entry, site.file) and entry.source.span.meets(site)
            if here and i in self._present():
                return i
        for i, entry in enumerate(self.entries):
            if entry.source.attribute and self._held(
                self.source, node_id, entry.source.owner, entry.source.attribute
            ):
                return i
        return None

    def _present(self) -> set[int]:
        """Entries whose part stands in this target: models that share layers have one each."""
        if self._there is None:
            parts = self.target.parts(self.target.root)
            self._there = {
                i
                for i, entry in enumerate(self.entries)
                if any(self._is_target(n, entry) for n in parts)
            }
        return self._there

    def _is_target(self, node_id: str, entry: ParameterEntry) -> bool:
        place = entry.target
        if place.owner and place.attribute:
            return self._held(self.target, node_id, place.owner, place.attribute)
        site = self.target.nodes[node_id].site
        if site is None or not self._holds(entry, site.file):
            return False
        # A helper may change what is made inside its call: `without_scale(nn.BatchNorm2d(…))`.
        return place.span.meets(site) or (place.span.surrounds(site) and not self._made(entry))

    def _made(self, entry: ParameterEntry) -> bool:
        """Is something made by the very expression that an entry names?"""
        sites = (node.site for node in self.target.nodes.values())
        return any(s and self._holds(entry, s.file) and entry.target.span.meets(s) for s in sites)

    def _held(self, tree: Tree, node_id: str, owner: str | None, attribute: str) -> bool:
        """Does an instance of the class hold the part there, maybe wrapped or in a list?"""
        for holder, name in tree.owners.get(node_id, []):
            plain = name.partition(".")[0] == attribute or name == attribute
            if plain and owner in tree.nodes[holder].classes:
                return True
            wrapper = tree.nodes[holder].graph and not tree.nodes[holder].classes
            if wrapper and self._held(tree, holder, owner, attribute):
                return True
        return False

    def _holds(self, entry: ParameterEntry, file: str) -> bool:
        return self.manifest is not None and self.manifest.holds(entry.file, file)

    def _own(self, s: str, t: str) -> None:
        """Arrays that user parts hold under attributes of their own."""
        one = self.source.nodes[s]
        theirs = self.target.own(t)
        for attribute, variable in self.source.own(s).items():
            entry = next(
                (
                    e
                    for e in self.entries
                    if e.source.owner in one.classes and e.source.attribute == attribute
                ),
                None,
            )
            name = (entry.target.attribute if entry else None) or attribute
            if name not in theirs:
                same = [k for k in theirs if _plain(k) == _plain(name)]
                name = same[0] if same else name
            if name in theirs:
                expression = (entry.weights.get("", "value") if entry else "value") or "value"
                self._bare((variable, theirs[name]), expression, f"{one.kind}.{attribute}", (s, t))

    def _bare(
        self, pair: tuple[str, str], expression: str, label: str, nodes: tuple[str, str]
    ) -> None:
        ours, theirs = pair
        chain = WeightMap.parse({"": expression})
        name = chain.torch_names[0]
        keras, torch = ({"": ours}, {name: theirs})
        if self.source.side == "torch":
            keras, torch = {"": theirs}, {name: ours}
        self._link(keras, torch, chain, label, nodes)

    def _leaves(self, s: str, t: str) -> None:
        ours, theirs = self._single(self.source, s), self._single(self.target, t)
        # A layer may stand for a container of several, or a class, if an entry says which is which.
        ours = ours or (s if self._entry_index(s) is not None else None)
        theirs = theirs or (t if ours and self._entry_index(ours) is not None else None)
        if ours is None or theirs is None:
            return
        self.partner.update({s: t, ours: theirs, **dict.fromkeys(self.source.below(ours), theirs)})
        self.taken.update({t, theirs, *self.target.below(theirs)})
        one, two = self.source.nodes[ours], self.target.nodes[theirs]
        index = self._entry_index(ours)
        keras, torch = self.source.arrays(ours), self.target.arrays(theirs)
        kinds = one.kind, two.kind
        if self.source.side == "torch":
            keras, torch, kinds = torch, keras, (two.kind, one.kind)
        entry = self.entries[index] if index is not None else None
        stated = (entry.weights, entry.constant) if entry else None
        try:
            fitting, constant = fitting_weights(stated, kinds, set(keras), set(torch))
        except WeightMapError as error:
            self.notes.append(f"{self._say(ours)}: {error}")
            return
        self._link(keras, torch, fitting, one.name or one.kind, (ours, theirs))
        self._constants(torch, constant)

    def _constants(self, torch: dict[str, str], names: Iterable[str]) -> None:
        letter = "s" if self.source.side == "torch" else "t"
        for name in names:
            for path, variable in torch.items():
                if path == name or path.endswith("." + name):
                    self.constant.add(letter + variable)

    def _link(
        self,
        keras: dict[str, str],
        torch: dict[str, str],
        weights: WeightMap,
        label: str,
        nodes: tuple[str, str],
    ) -> None:
        missing = [n for n in weights.keras_names if n not in keras]
        missing += [n for n in weights.torch_names if n not in torch]
        if missing:
            self.notes.append(f"{label}: no {', '.join(missing)} there")
            return
        keras = {n: keras[n] for n in weights.keras_names}
        torch = {n: torch[n] for n in weights.torch_names}
        ours, theirs = (keras, torch) if self.source.side == "keras" else (torch, keras)
        again = {"s" + v for v in ours.values()} | {"t" + v for v in theirs.values()}
        if again & self.used:
            self.notes.append(f"{label}: its arrays have another partner already")
            return
        self.used |= again
        self.links.append(Link(ours, theirs, weights, label, nodes))

    def _single(self, tree: Tree, node_id: str) -> str | None:
        """A leaf is itself; a wrapper stands for the only leaf in it."""
        if tree.nodes[node_id].is_leaf:
            return node_id
        leaves = tree.below(node_id)
        return leaves[0] if len(leaves) == 1 else None

    def _named(self, tree: Tree, node_id: str) -> list[tuple[str, str]]:
        return [(a, c) for a, c in tree.children(node_id) if c in tree.bearing]

    def _bearing(self, tree: Tree, node_id: str) -> list[str]:
        return list(dict.fromkeys(c for _, c in self._named(tree, node_id)))

    def _say(self, node_id: str) -> str:
        node = self.source.nodes[node_id]
        return f"{node.name or node.kind}"

    def result(self) -> Alignment:
        unmatched: list[str] = []
        constant: list[str] = []
        for letter, tree in (("s", self.source), ("t", self.target)):
            side = "source" if letter == "s" else "target"
            for key, variable in tree.variables.items():
                if letter + key in self.used:
                    continue
                if variable.role == "constant" or letter + key in self.constant:
                    constant.append(f"{side} {tree.path(key)}")
                else:
                    unmatched.append(f"{side} {tree.path(key)} {list(variable.shape)}")
        return Alignment(
            self.source, self.target, tuple(self.links), tuple(unmatched), tuple(constant),
            tuple(self.notes), self.manifest is None, self.ordered,
        )  # fmt: skip


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _grouped(named: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Parts by attribute, a list's parts together."""
    found: dict[str, list[str]] = {}
    for attribute, part in named:
        parts = found.setdefault(attribute.partition(".")[0], [])
        if part not in parts:
            parts.append(part)
    return found
