"""The catalogue of rules as web pages: an index with a search box, and a page a rule.

Everything on the pages is worked out from the rules: signatures, differences, proofs, and examples
that the engine has just translated. The pages load nothing from anywhere.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from porter.report import RulePage, rule_page, worth_of
from porter.rulebook import Rulebook, load_rulebook, read_proofs

TEMPLATES = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class Group:
    """The rules of one file, under what its first comment says."""

    name: str
    about: str
    pages: tuple[RulePage, ...]


@dataclass(frozen=True)
class Hint:
    """A name that is left to people, and what they do instead."""

    api: str
    text: str


def groups(book: Rulebook, pages: Sequence[RulePage]) -> Iterator[Group]:
    """The rules file by file, in the order of the files."""
    files = {Path(rule.path).name: Path(rule.path) for rule in book}
    for name in sorted({page.file for page in pages}):
        own = tuple(page for page in pages if page.file == name)
        yield Group(name.removesuffix(".toml"), _about(files[name]), own)


def _about(path: Path) -> str:
    """The first paragraph of comments in a rule file."""
    head = path.read_text(encoding="utf-8").partition("\n\n")[0]
    lines = [line[1:].strip() for line in head.splitlines() if line.startswith("#")]
    return " ".join(line for line in lines if line)


def hints(book: Rulebook) -> tuple[Hint, ...]:
    """What families leave to people, name by name."""
    found = {}
    for family in book.families:
        for below in family.below:
            for name, text in family.each.items():
                found[f"{below}.{name}"] = text
            if family.rest is not None:
                found[f"{below}.*"] = family.rest
    return tuple(Hint(api, found[api]) for api in sorted(found))


def address(rule_id: str) -> str:
    """The file of a rule's page; an id is whatever its author chose."""
    return re.sub(r"[^\w-]", "-", rule_id) + ".html"


def build(folder: Path, book: Rulebook, pages: Sequence[RulePage]) -> None:
    """Write every page; what lies in the folder besides stays."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(address=address, worth_of=worth_of)
    rules = folder / "rules"
    rules.mkdir(parents=True, exist_ok=True)
    index = environment.get_template("index.html")
    (folder / "index.html").write_text(
        index.render(groups=tuple(groups(book, pages)), count=len(pages), root=""), encoding="utf-8"
    )
    left = environment.get_template("hints.html")
    (folder / "by-hand.html").write_text(left.render(hints=hints(book), root=""), encoding="utf-8")
    one = environment.get_template("rule.html")
    for page in pages:
        text = one.render(page=page, root="../")
        (rules / address(page.id)).write_text(text, encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("build/docs"))
    parser.add_argument("rules", nargs="*", metavar="ID", help="only these (all)")
    options = parser.parse_args(argv)
    book, proofs = load_rulebook(), read_proofs()
    chosen = [rule for rule in book if not options.rules or rule.id in options.rules]
    pages = [rule_page(book, proofs, rule) for rule in chosen]
    build(options.output, book, pages)
    shown = sum(bool(page.examples) for page in pages)
    print(f"{len(pages)} rules, {shown} with examples: {options.output / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
