"""`porter rules`: what porter knows, and how much of a list of APIs that is."""

from __future__ import annotations

import csv
import shlex
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich import box
from rich.console import Console
from rich.table import Table

from porter.cli.config import proofs_on_record, rule_dirs
from porter.report import as_text, rule_page
from porter.rulebook import (
    NOT_PROVEN,
    SIDES,
    Construct,
    Proofs,
    Rule,
    Rulebook,
    Side,
    coverage_of,
    evidence,
    handled_traps,
    load_rulebook,
    near,
    other,
    standing,
)  # fmt: skip

if TYPE_CHECKING:
    from porter.verify import prove as proving

# How many calls are drawn of what is not on record.
_CASES = 20
# What `prove --changed` takes up again.
_UNSETTLED = (NOT_PROVEN, "failed")
# Where a framework says nothing of a signature: it does not tell, or is too new or too old.
_NO_WORD = ("not told", "not there")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Rules: which API of one framework is which of the other."""


@command.command("list")
@click.option("--trap", "traps", is_flag=True, help="What handles a trap, and which.")
def list_rules(traps: bool) -> None:
    """List every rule, the APIs that it relates, and what it has been proven to be worth.

    With --trap, list what handles something that the frameworks do differently under one name: by
    a rule or a construct that is proven, or by a finding that leaves it to people.
    """
    book, proofs = _known()
    rows = _trap_rows(book, proofs) if traps else _rule_rows(book, proofs)
    console = Console()
    if not console.is_terminal:
        click.echo("".join("\t".join(row) + "\n" for row in rows), nl=False)
        return
    heads = ["rule", *(["trap"] if traps else []), *SIDES, "from keras", "from torch"]
    table = Table(*heads, box=box.SIMPLE_HEAD)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _rule_rows(book: Rulebook, proofs: Proofs) -> list[tuple[str, ...]]:
    return [
        (
            rule.id,
            *(next(iter(rule.apis(side)), "") for side in SIDES),
            *(_standing(book, proofs, rule, side) for side in SIDES),
        )
        for rule in sorted(book, key=lambda rule: rule.id)
    ]


def _trap_rows(book: Rulebook, proofs: Proofs) -> list[tuple[str, ...]]:
    return [
        (
            each.id,
            ", ".join(each.traps),
            *(each.apis[side] for side in SIDES),
            *(each.worth[side] for side in SIDES),
        )
        for each in handled_traps(book, proofs)
    ]


@command.command()
@click.argument("rule_id", metavar="ID")
def show(rule_id: str) -> None:
    """Show one rule: both signatures, what differs, what is proven, and an example."""
    folders = rule_dirs()
    book = load_rulebook(folders)
    rule = book.by_id(rule_id)
    if rule is None:
        raise _no_rule(book, rule_id)
    click.echo(as_text(rule_page(book, proofs_on_record(None, folders), rule, folders)), nl=False)


def _as_record(context: click.Context, option: click.Parameter, file: Path | None) -> Path | None:
    """Refuses what is no name of a record, such as the rule that was to be proven."""
    if file is not None and file.suffix != ".json":
        raise click.BadParameter(f"a record is a .json file, not {file}")
    return file


@command.command()
@click.argument("rule_ids", metavar="[ID]...", nargs=-1)
@click.option("--changed", is_flag=True, help="Only what is not proven as it is written now.")
@click.option(
    "--signatures",
    is_flag=True,
    help="Run nothing: compare parameters and defaults with the installed frameworks'.",
)
@click.option(
    "--cases",
    type=click.IntRange(min=1),
    help="Calls drawn a rule and direction; as many as for the record, 20 where there is none.",
)
@click.option("--jobs", default=1, show_default=True, help="Pairs of workers.")
@click.option("--python", default=sys.executable, help="Interpreter that has both frameworks.")
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_as_record,
    metavar="FILE.json",
    help="Write what was earned into this file, as it goes.",
)
def prove(
    rule_ids: tuple[str, ...],
    changed: bool,
    signatures: bool,
    cases: int | None,
    jobs: int,
    python: str,
    record: Path | None,
) -> None:
    """Run rules in both frameworks, both directions; print the smallest call that refutes one.

    What earns less than it has on record is narrowed, and fails unless it is to be recorded. A rule
    that is named and could not be proven fails too.
    """
    folders = rule_dirs()
    book = load_rulebook(folders)
    known = {construct.id for construct in book.constructs}
    unknown = [i for i in rule_ids if i not in known and book.by_id(i) is None]
    if unknown:
        raise _no_rule(book, unknown[0])
    if signatures:
        _compare_signatures([r for r in book if not rule_ids or r.id in rule_ids], python)
        return
    try:
        from porter.verify import prove as room
    except ModuleNotFoundError as error:
        raise click.UsageError(f"proving needs {error.name}: pip install {error.name}") from error
    proofs = proofs_on_record(record, folders)
    every: list[tuple[Rule | Construct, Side]] = [
        *((rule, side) for rule in book for side in room.directions(rule)),
        *((construct, construct.side) for construct in book.constructs),
    ]
    starts = [
        (what, side)
        for what, side in every
        if not rule_ids or what.id in rule_ids
        if not changed or standing(book, proofs, what, side) in _UNSETTLED
    ]
    tally: Counter[str] = Counter()
    asked = [cases or _asked(proofs, what.id, side) for what, side in starts]
    proven = room.prove_all(starts, asked, python, folders, jobs)
    for done, proof in enumerate(proven, start=1):
        tally[proof.earned] += 1
        click.echo(f"{done}/{len(starts)} {_proof_line(proof)}")
        earned = proofs.get(proof.rule, {}).get(proof.side)
        less = room.lost(proof, earned) if earned is not None else None
        if less is not None:
            tally["narrowed"] += 1
            click.echo(f"  {less}")
        if record is not None:
            room.record(record, book, [proof])
    click.echo(", ".join(f"{count} {earned}" for earned, count in sorted(tally.items())))
    if not rule_ids or record is not None:
        click.echo(_evidence(book, proofs_on_record(record, folders)))
    unproven = tally["unproven"] if rule_ids else 0
    if tally["failed"] or unproven or (tally["narrowed"] and record is None):
        raise SystemExit(1)


def _compare_signatures(rules: Sequence[Rule], python: str) -> None:
    from porter.verify import signature_drift

    tally: Counter[str] = Counter()
    unlisted = 0
    for drift in signature_drift(rules, python):
        tally[drift.standing] += 1
        unlisted += len(drift.unlisted)
        if drift.standing != "agrees":
            why = "; ".join(drift.problems)
            click.echo(f"{drift.rule} {drift.api}: {drift.standing}{why and f': {why}'}")
        if drift.unlisted and len(rules) == 1:
            click.echo(f"{drift.rule} {drift.api}: leaves out {', '.join(drift.unlisted)}")
    counts = ", ".join(f"{tally[name]} {name}" for name in ("agrees", "drifted", *_NO_WORD))
    click.echo(f"signatures: {counts}; {unlisted} parameters are left out by rules")
    if tally["drifted"]:
        raise SystemExit(1)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--area", multiple=True, help="Only rows with this in their column area.")
@click.option("--missing", default=20, show_default=True, help="How many of the rest to name.")
def coverage(file: Path, area: tuple[str, ...], missing: int) -> None:
    """Say how many of the APIs in FILE.csv (columns api, uses) are known, and how many convertible.

    Counts names only: a rule may still not apply to every call of an API. Convertible is what a
    rule translates that is not left to people, or a construct of the engine whose example runs
    equal. `.name()` is a method on a receiver that the list does not tell: one that any rule or
    family knows counts.
    """
    book, proofs = _known()
    every = _uses(file)
    missed = sorted(set(area) - {row.area for row in every})
    if missed:
        raise click.UsageError(f"{file} has no row with {missed[0]!r} in a column area")
    uses = [row for row in every if not area or row.area in area]
    kinds = {row.api: coverage_of(book, proofs, row.api) for row in uses}
    known = [row for row in uses if kinds[row.api] != "unknown"]
    convertible = [row for row in uses if kinds[row.api] == "convertible"]
    total = sum(row.uses for row in uses)
    for name, rows in (("known", known), ("convertible", convertible)):
        covered = sum(row.uses for row in rows)
        click.echo(f"{name}: {len(rows)} of {len(uses)} APIs, {_share(covered, total)} uses")
    for name in sorted({row.area for row in uses} - {""}):
        counts = [
            sum(row.uses for row in rows if row.area == name) for rows in (known, convertible, uses)
        ]
        shares = [_share(count, counts[2]) for count in counts[:2]]
        click.echo(f"  {name}: known {shares[0]}, convertible {shares[1]} uses")
    rest = sorted(set(uses) - set(known), key=lambda row: (-row.uses, row.api))
    for row in rest[:missing]:
        click.echo(f"  without: {row.api} ({row.uses} uses)")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "0 of 0"


@dataclass(frozen=True)
class _Row:
    api: str
    uses: int
    area: str


def _uses(file: Path) -> list[_Row]:
    with file.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        try:
            if not {"api", "uses"} <= set(reader.fieldnames or ()):
                raise click.UsageError(f"{file} needs the columns api and uses")
            return [_row(row, f"{file}:{reader.line_num}") for row in reader]
        except UnicodeDecodeError as error:
            raise click.UsageError(f"{file} is not UTF-8: {error.reason}") from error


def _row(row: Mapping[str, str | None], where: str) -> _Row:
    uses = (row["uses"] or "").strip()
    if not uses.isdecimal():
        raise click.UsageError(f"{where}: uses is to be a whole number, not {uses!r}")
    return _Row(row["api"] or "", int(uses), row.get("area") or "")


def _known() -> tuple[Rulebook, Proofs]:
    folders = rule_dirs()
    return load_rulebook(folders), proofs_on_record(None, folders)


def _no_rule(book: Rulebook, word: str) -> click.UsageError:
    meant = ", ".join(near(book, word))
    asked = f"did you mean {meant}? " if meant else ""
    return click.UsageError(f"no rule {word!r}; {asked}`porter rules list` names them all")


def _standing(book: Rulebook, proofs: Proofs, rule: Rule, side: Side) -> str:
    """What a rule is worth from one side, `-` where it says nothing of that side."""
    if not rule.starts_from(side):
        return "-"
    return "manual" if rule.manual else standing(book, proofs, rule, side)


def _asked(proofs: Proofs, rule_id: str, side: Side) -> int:
    """How many calls are drawn where nobody says it: those that are on record."""
    earned = proofs.get(rule_id, {}).get(side)
    return earned.drawn if earned is not None else _CASES


def _proof_line(proof: proving.Proof) -> str:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(proof.counts.items()))
    lines = [f"{proof.rule} from {proof.side}: {proof.earned} ({counts or 'nothing drawn'})"]
    if proof.refuted is not None:
        lines += [f"  {proof.refuted.reason}", *_shown(proof.refuted, other(proof.side))]
    elif proof.earned == "unproven":
        lines += [f"  {reason}" for reason in proof.refusals]
    return "\n".join(lines)


def _evidence(book: Rulebook, proofs: Proofs) -> str:
    """How much the record holds, of which what was proven just now may be a part."""
    found = evidence(book, proofs)
    named = ", ".join(f"{len(found.apis[side])} of {side}" for side in SIDES)
    every = len(frozenset[str]().union(*found.apis.values()))
    return (
        f"on record: {every} APIs proven ({named}; other names of the same not counted), "
        f"by {found.proofs} proofs (a rule, one direction), {found.calls} calls drawn"
    )


def _shown(refuted: proving.Outcome, target: Side) -> list[str]:
    """The call that refutes a rule: as a shell takes it, where `porter verify` can show it."""
    if not refuted.build:
        became = ["# became", "", refuted.target] if refuted.target else []
        return ["", refuted.source, *became] if refuted.source else []
    inputs = " ".join(f"--input {shlex.quote(spec)}" for spec in refuted.inputs)
    # Before it is compared, what the rule makes of it is there to be read.
    return [
        "", f"cat > before.py <<'END'\n{refuted.source}END",
        f"porter migrate before.py --to {target} --unsafe -o after.py",
        "cat after.py",
        f"porter verify before.py after.py --build {shlex.quote(refuted.build)} {inputs}", "",
        *(f"# {line}".rstrip() for line in refuted.target.splitlines()), "",
    ]  # fmt: skip
