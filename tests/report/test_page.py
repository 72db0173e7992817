"""What people read about a rule, and the catalogue of it."""

from __future__ import annotations

import html
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from porter.report import as_text, example, rule_page
from porter.rulebook import Rulebook, load_rulebook, read_proofs

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from build_docs import build, main

BOLD = """
[[rule]]
id = "bold & <b>"
keras = "keras.ops.exp(x, scale=2.0)"
torch = "torch.exp(input, scale=3.0)"
args = { x = "input", scale = "scale" }
notes = ["</script><script>alert(1)</script>"]
"""


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def page_of(book: Rulebook, rule_id: str):  # type: ignore[no-untyped-def]
    rule = book.by_id(rule_id)
    assert rule is not None
    return rule_page(book, read_proofs(), rule)


@pytest.mark.parametrize(
    ("rule_id", "text"),
    [
        ("dense", "units = out_features"),
        ("dense", "in older versions of Keras units was output_dim, use_bias was bias"),
        ("batchnorm-2d", "momentum = 1 - momentum"),
        ("leaky-relu", "negative_slope is 0.2 by default in Keras, 0.01 in PyTorch"),
        ("gelu", "approximate=True is approximate='tanh'"),
        ("conv2d", "channels last in Keras, channels first in PyTorch"),
        ("adam", "only Keras has clipnorm"),
    ],
)
def test_what_differs(book: Rulebook, rule_id: str, text: str) -> None:
    assert any(text in line for line in page_of(book, rule_id).differences)


@pytest.mark.parametrize(
    ("rule_id", "side", "before", "after"),
    [
        ("dense", "torch", "layer = nn.Linear(5, 8)", "layer = layers.Dense(8)"),
        ("max-pool-2d", "keras", "layer = layers.MaxPooling2D()", "layer = nn.MaxPool2d(2)"),
        ("sigmoid", "keras", "ops.sigmoid(x)", "torch.sigmoid(x)"),
        ("clone", "torch", "x.clone()", "return x"),
    ],
)
def test_examples_are_what_the_engine_makes_of_a_call(
    book: Rulebook, rule_id: str, side: str, before: str, after: str
) -> None:
    (shown,) = (each for each in page_of(book, rule_id).examples if each.side == side)
    assert before in shown.before
    assert after in shown.after
    assert "import" not in shown.after


def test_what_is_left_to_people_has_no_example(book: Rulebook) -> None:
    rule = next(rule for rule in book if rule.manual)
    assert example(rule, "keras") is None
    assert f"by hand: {rule.manual}" in as_text(rule_page(book, {}, rule))


def test_what_the_engine_leaves_alone_is_no_example(book: Rulebook) -> None:
    rule = book.by_id("split-at")
    assert rule is not None
    assert example(rule, "torch") is None


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found["href"] or "")
        self.loaded += [value for name, value in attrs if name == "src" and value]
        self.loaded += [tag] * (tag in ("link", "iframe", "img"))


def test_the_catalogue_links_to_its_pages_and_loads_nothing(tmp_path: Path) -> None:
    assert main(["-o", str(tmp_path), "dense", "conv2d", "adam"]) == 0
    for path in tmp_path.rglob("*.html"):
        text = path.read_text()
        parser = Links()
        parser.feed(text)
        assert parser.loaded == []
        assert "@import" not in text
        assert "url(" not in text
        for link in parser.links:
            assert link.startswith("https://") or (path.parent / link).is_file(), link
    index = (tmp_path / "index.html").read_text()
    assert 'href="rules/conv2d.html"' in index
    conv = (tmp_path / "rules/conv2d.html").read_text()
    assert "weight.permute(2, 3, 1, 0)" in conv
    assert "layer = nn.Conv2d(" in conv
    assert "by-hand.html" in conv
    assert "optimizer.zero_grad(), loss.backward()" in (tmp_path / "by-hand.html").read_text()


def test_what_rules_say_is_text_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "bold.toml").write_text(BOLD)
    book = load_rulebook((tmp_path,))
    build(tmp_path / "docs", book, [page_of(book, "bold & <b>")])
    (page,) = (tmp_path / "docs/rules").glob("*.html")
    assert re.fullmatch(r"[\w-]+\.html", page.name)
    text = page.read_text()
    assert "<script" not in text
    assert html.escape("</script><script>alert(1)") in text
    assert "<h1>bold &amp; &lt;b&gt;</h1>" in text
    assert "<b>" not in (tmp_path / "docs/index.html").read_text()
