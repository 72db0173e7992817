"""Migrating many files: in order, in parallel, and one file's crash is no other's."""

from __future__ import annotations

import ast
import os
import traceback
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from porter.report import Failure
from porter.rewrite import Manifest, Options, migrate_source
from porter.source import Finding, Module, SourceError, check_syntax, read_module, read_shapes

# Below this many files a worker per process costs more than it saves.
_FILES_A_JOB = 8


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `data` is what its target should hold."""

    path: str
    before: bytes = b""
    data: bytes = b""
    encoding: str = "utf-8"
    findings: tuple[Finding, ...] = ()
    lines: tuple[tuple[tuple[str, int], str], ...] = ()
    manifest: dict[str, Any] = field(default_factory=dict)
    # Whether code was translated: marks of what is left to do are changes, but no translation.
    converted: bool = False
    failure: Failure | None = None

    @property
    def changed(self) -> bool:
        """Whether the migration changed the file."""
        return self.data != self.before


def migrate_files(paths: Sequence[Path], options: Options, jobs: int) -> Iterator[Outcome]:
    """The outcome of every file, in the order of `paths`; `jobs` 0 chooses by their number."""
    jobs = jobs or min(os.cpu_count() or 1, len(paths) // _FILES_A_JOB)
    if jobs <= 1:
        yield from (migrate_file(path, options) for path in paths)
        return
    with ProcessPoolExecutor(jobs) as pool:
        futures = [_submit(pool, path, options) for path in paths]
        for path, future in zip(paths, futures, strict=True):
            yield _result(path, future, options)


def migrate_file(path: Path, options: Options) -> Outcome:
    """Read and migrate the file at `path`."""
    try:
        return migrate_module(read_module(path), options)
    except SourceError as error:
        return Outcome(str(path), failure=Failure.of(error))


def migrate_module(module: Module, options: Options) -> Outcome:
    """Migrate `module`; a crash of porter becomes a failure that names the file."""
    before = module.encode(module.text)
    try:
        options = replace(options, seen=read_shapes(Path(module.path), module.text))
    except SourceError as error:
        return Outcome(module.path, before, before, failure=Failure.of(error))
    try:
        migration = migrate_source(module.text, to=options.to, path=module.path, options=options)
        check_syntax(migration.code, module.path)
    except Exception as error:
        # Any exception here is a bug of porter, and the other files must go on.
        return Outcome(module.path, before, before, failure=_crash(module.path, error))
    findings, lines = _placed(module, migration.findings)
    return Outcome(
        module.path,
        before,
        module.encode(migration.code),
        module.encoding,
        findings,
        lines,
        _part(migration.manifest, findings),
        _is_other_code(module.text, migration.code),
    )


def _is_other_code(before: str, after: str) -> bool:
    if before == after:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.dump(ast.parse(before)) != ast.dump(ast.parse(after))


def _part(manifest: Manifest, findings: Sequence[Finding]) -> dict[str, Any]:
    """The file's part of `porter.json`."""
    keys = ("line", "column", "rule", "kind", "message")
    return {
        "models": list(manifest.models),
        "parameters": list(manifest.parameters),
        "calls": list(manifest.calls),
        "findings": [{key: getattr(each, key) for key in keys} for each in findings],
    }


def _placed(
    module: Module, findings: Sequence[Finding]
) -> tuple[tuple[Finding, ...], tuple[tuple[tuple[str, int], str], ...]]:
    """`findings` where people find them, in order, and the source lines that they are about."""
    text = module.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    placed, lines = [], {}
    for finding in sorted(findings, key=lambda each: (each.line, each.column)):
        path, line = module.locate(finding.line)
        placed.append(replace(finding, path=path, line=line))
        if finding.line <= len(text):
            lines[path, line] = text[finding.line - 1]
    return tuple(placed), tuple(lines.items())


def _submit(pool: ProcessPoolExecutor, path: Path, options: Options) -> Future[Outcome] | None:
    try:
        return pool.submit(migrate_file, path, options)
    except BrokenProcessPool:
        return None


def _result(path: Path, future: Future[Outcome] | None, options: Options) -> Outcome:
    """The outcome of `future`; where a dying worker took the queue with it, of a run alone."""
    try:
        if future is not None:
            return future.result()
    except BrokenProcessPool:
        pass
    with ProcessPoolExecutor(1) as alone:
        try:
            return alone.submit(migrate_file, path, options).result()
        except BrokenProcessPool as error:
            return Outcome(str(path), failure=_crash(str(path), error))


def _crash(path: str, error: Exception) -> Failure:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    why = (str(error).splitlines() or [""])[0]
    message = f"porter crashed ({type(error).__name__}: {why[:200]}{where}); the file is untouched"
    return Failure(path, 0, 0, message, crash=True)
