"""The parent's end of a worker: one process, JSON lines on private pipes, arrays in files.

What the user's code prints goes to a log of the worker's own and is shown only when it dies.
"""

from __future__ import annotations

import itertools
import json
import os
import selectors
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import numpy as np

from porter.verify import arrays
from porter.verify.arrays import Array

Arrays = dict[str, Array]
SideName = Literal["keras", "torch"]
_MAIN = "import sys\nfrom porter_worker.serve import main\nmain(sys.argv[1:])\n"


class WorkerError(RuntimeError):
    """One side could not do what it was asked to; `where` is the user's line, if known."""

    def __init__(self, text: str, where: tuple[str, int] | None = None, kind: str = "") -> None:
        super().__init__(text)
        self.where = where
        self.kind = kind

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> WorkerError:
        """The failure that a worker describes."""
        where = raw["where"]
        return cls(raw["error"], (where[0], where[1]) if where else None, raw["type"])


@dataclass(frozen=True)
class Interpreter:
    """How one side is run."""

    side: SideName
    python: str
    environment: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    timeout: float = 600.0


def pack(folder: Path) -> Path:
    """Write the worker as a single file that any Python can run."""
    target = folder / "worker.pyz"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("__main__.py", _MAIN)
        for path in sorted((Path(__file__).parent / "worker").glob("*.py")):
            archive.write(path, f"porter_worker/{path.name}")
    return target


class Worker:
    """A running worker; close it, or use it in a `with` statement."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.side = interpreter.side
        self._folder = tempfile.TemporaryDirectory(prefix="porter-verify-")
        folder = Path(self._folder.name)
        self._names = itertools.count()
        self._log_path = folder / "log.txt"
        request_end, self._requests = os.pipe()
        self._answers, answer_end = os.pipe()
        arguments = [self.side, interpreter.device, str(folder), str(request_end), str(answer_end)]
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [interpreter.python, str(pack(folder)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(request_end, answer_end),
                env=_environment(interpreter),
                start_new_session=True,
            )
        os.close(request_end)
        os.close(answer_end)
        self._buffer = b""
        self._waiting = False

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def ask(self, do: str, **request: Any) -> Any:
        """Send a request and wait for its answer."""
        self.send(do, **request)
        return self.answer()

    def send(self, do: str, **request: Any) -> None:
        """Send a request; arrays in it travel in a file. `answer` must follow."""
        plain = {k: self._store(v) if _is_arrays(v) else v for k, v in request.items()}
        line = json.dumps({"do": do, **plain}).encode() + b"\n"
        try:
            view = memoryview(line)
            while view:
                view = view[os.write(self._requests, view) :]
        except BrokenPipeError:
            raise self._death() from None

    def answer(self) -> Any:
        answer = json.loads(self._line())
        if not answer["ok"]:
            raise WorkerError.of(answer)
        return answer["value"]

    def load(self, name: str) -> Arrays:
        """The arrays of a file that the worker wrote."""
        found = arrays.read(name)
        Path(name).unlink()
        return {str(each): found[f"a{i}"] for i, each in enumerate(found["names"])}

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process; whoever waits for an answer gets an error."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End the process, whatever state it is in, and remove what it left."""
        self.stop()
        os.close(self._requests)
        os.close(self._answers)
        self._folder.cleanup()

    def _store(self, sent: Mapping[str, Array]) -> str:
        name = Path(self._folder.name) / f"in{next(self._names)}.npz"
        contents = {f"a{i}": a for i, a in enumerate(sent.values())}
        np.savez(name, names=np.array(list(sent), dtype=np.str_), **contents)  # type: ignore[arg-type]
        return str(name)

    def _line(self) -> bytes:
        deadline = time.monotonic() + self.interpreter.timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self._process.kill()
                    raise WorkerError(
                        f"the {self.side} side did not answer in {self.interpreter.timeout:g} s"
                    )
                chunk = os.read(self._answers, 1 << 16)
                if not chunk:
                    raise self._death()
                self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _death(self) -> WorkerError:
        status = self._process.wait()
        lines = self._log_path.read_text(errors="replace").strip().splitlines()
        last = " | ".join(lines[-3:]) or "nothing on its output"
        return WorkerError(f"the {self.side} side ended with status {status}: {last}")


def _is_arrays(value: object) -> bool:
    # What is reckoned with an array of no dimensions is a number, and no array any more.
    kinds = (np.ndarray, np.generic)
    return isinstance(value, dict) and all(isinstance(v, kinds) for v in value.values())


def _environment(interpreter: Interpreter) -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment["PYTHONHASHSEED"] = "0"
    environment["MPLBACKEND"] = "Agg"
    environment.update(interpreter.environment)
    return environment
