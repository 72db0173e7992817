"""What comes out: containers by path and kind, and gradients where there are any."""

from __future__ import annotations

from pathlib import Path

import pytest

from porter.verify import Verification, verify


def run(folder: Path, keras: str, torch: str) -> Verification:
    source, target = folder / "net_keras.py", folder / "net_torch.py"
    source.write_text(f"from keras import ops\nmodel = lambda x: {keras}\n")
    target.write_text(f"import torch\nmodel = lambda x: {torch}\n")
    return verify(source, target, ["float32[4,3]"])


@pytest.mark.parametrize(
    ("keras", "torch", "status"),
    [
        ("(x, [x])", "(x, [x])", "equal"),
        ("[x, x]", "(x, x)", "equal"),
        ("(x, [x])", "(x, (x,))", "different"),
        ("(x, [x])", "[x, (x,)]", "different"),
        ("(x, [])", "(x, ())", "different"),
        ("{'a': [x]}", "{'a': [x]}", "equal"),
        ("{'0': x}", "[x]", "different"),
    ],
)
def test_containers(tmp_path: Path, keras: str, torch: str, status: str) -> None:
    result = run(tmp_path, keras, torch)
    assert result.status == status
    if status == "different":
        assert result.forward is not None
        assert "structure" in result.forward.worst


def test_nothing_with_a_gradient(tmp_path: Path) -> None:
    result = run(tmp_path, "ops.argmax(x, axis=-1)", "torch.argmax(x, dim=-1)")
    assert result.status == "equal"
    assert result.gradient is None


def test_a_gradient_on_one_side(tmp_path: Path) -> None:
    result = run(tmp_path, "ops.stop_gradient(x) * 2", "x * 2")
    assert result.status == "different"
    assert result.gradient is not None
    assert not result.gradient.equal
