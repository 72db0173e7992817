"""Elements of a container with the comments around them, in and out of a bracket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import libcst as cst

Lines = tuple[cst.EmptyLine, ...]
SPACE = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


@dataclass(frozen=True)
class Item:
    """An element, the comment lines above it and the comment behind it."""

    value: cst.BaseExpression
    lead: Lines = ()
    trail: cst.Comment | None = None


@dataclass(frozen=True)
class Given:
    """A container's elements as the source gives them, with comments before the bracket closes."""

    items: tuple[Item, ...]
    last: Lines = ()


def given(call: cst.Call, as_list: bool) -> Given:
    """The elements of `Sequential([a, b])`, `Sequential(a, b)`, `Sequential(*layers)`.

    `as_list` where one argument is all of them, as Keras has it.
    """
    args = [arg for arg in call.args if arg.keyword is None or arg.keyword.value == "layers"]
    if len(args) == 1 and not args[0].star:
        value = args[0].value
        if isinstance(value, cst.List):
            read = _read(value.elements, value.lbracket.whitespace_after)
            return _closed(read, value.rbracket.whitespace_before)
        if isinstance(value, cst.Tuple) and value.lpar:
            read = _read(value.elements, value.lpar[0].whitespace_after)
            return _closed(read, value.rpar[0].whitespace_before)
        pairs = _of_pairs(value)
        if pairs is not None:
            read = _read(pairs.elements, pairs.lbracket.whitespace_after)
            seconds = [_second(item.value) for item in read.items]
            if None not in seconds:
                values = [v for v in seconds if v is not None]
                items = [replace(i, value=v) for i, v in zip(read.items, values, strict=True)]
                read = Given(tuple(items), read.last)
                return _closed(read, pairs.rbracket.whitespace_before)
        if as_list or isinstance(value, cst.Name):
            return Given((Item(cst.StarredElement(value)),))
    read = _read(args, call.whitespace_before_args)
    return _closed(read, args[-1].whitespace_after_arg) if args else read


def _of_pairs(value: cst.BaseExpression) -> cst.List | None:
    """The list in `OrderedDict([("a", one), ("b", two)])`."""
    if not isinstance(value, cst.Call) or len(value.args) != 1:
        return None
    name = value.func.attr if isinstance(value.func, cst.Attribute) else value.func
    made = isinstance(name, cst.Name) and name.value == "OrderedDict"
    return value.args[0].value if made and isinstance(value.args[0].value, cst.List) else None


def _second(pair: cst.BaseExpression) -> cst.BaseExpression | None:
    if not isinstance(pair, cst.Tuple) or len(pair.elements) != 2:
        return None
    return None if isinstance(pair.elements[1], cst.StarredElement) else pair.elements[1].value


def _closed(given: Given, closing: cst.BaseParenthesizableWhitespace) -> Given:
    """With the comments between the last element and the bracket that closes."""
    comment, items = _trailing(closing), given.items
    if comment is not None and items and items[-1].trail is None:
        items = (*items[:-1], replace(items[-1], trail=comment))
    return Given(items, (*given.last, *_comment_lines(closing)))


def _read(
    elements: Sequence[cst.BaseElement | cst.Arg], opening: cst.BaseParenthesizableWhitespace
) -> Given:
    items: list[Item] = []
    lead = _comment_lines(opening)
    for element in elements:
        value: cst.BaseExpression = element.value
        starred = isinstance(element, cst.StarredElement)
        if starred or (isinstance(element, cst.Arg) and element.star == "*"):
            value = cst.StarredElement(element.value)
        space = element.comma.whitespace_after if isinstance(element.comma, cst.Comma) else None
        items.append(Item(value, lead, _trailing(space)))
        lead = _comment_lines(space)
    return Given(tuple(items), lead)


def _comment_lines(space: cst.BaseParenthesizableWhitespace | None) -> Lines:
    if isinstance(space, cst.ParenthesizedWhitespace):
        return tuple(line for line in space.empty_lines if line.comment is not None)
    return ()


def _trailing(space: cst.BaseParenthesizableWhitespace | None) -> cst.Comment | None:
    return space.first_line.comment if isinstance(space, cst.ParenthesizedWhitespace) else None


def listed(items: Sequence[Item], last: Lines, short: bool) -> cst.List:
    """`[a, b]`, on one line or one element a line."""
    made: list[cst.BaseElement] = []
    for item, comma in zip(items, _commas(items, last, short), strict=True):
        if isinstance(item.value, cst.StarredElement):
            made.append(item.value.with_changes(comma=comma))
        else:
            made.append(cst.Element(item.value, comma))
    if short or not items:
        return cst.List(made)
    return cst.List(made, lbracket=cst.LeftSquareBracket(_opening(items)))


def called(func: cst.BaseExpression, items: Sequence[Item], last: Lines, short: bool) -> cst.Call:
    """`func(a, b)`, on one line or one argument a line."""
    args: list[cst.Arg] = []
    for item, comma in zip(items, _commas(items, last, short), strict=True):
        if isinstance(item.value, cst.StarredElement):
            args.append(cst.Arg(item.value.value, star="*", comma=comma))
        else:
            args.append(cst.Arg(item.value, comma=comma))
    if short or not items:
        return cst.Call(func, args)
    return cst.Call(func, args, whitespace_before_args=_opening(items))


def _commas(items: Sequence[Item], last: Lines, short: bool) -> list[cst.Comma | cst.MaybeSentinel]:
    if short:
        return [SPACE] * (len(items) - 1) + [cst.MaybeSentinel.DEFAULT] if items else []
    followers = [item.lead for item in items[1:]] + [last]
    return [
        cst.Comma(whitespace_after=_break(item.trail, after, closing=i + 1 == len(items)))
        for i, (item, after) in enumerate(zip(items, followers, strict=True))
    ]


def _opening(items: Sequence[Item]) -> cst.ParenthesizedWhitespace:
    return _break(None, items[0].lead, closing=False)


def _break(trail: cst.Comment | None, lines: Lines, closing: bool) -> cst.ParenthesizedWhitespace:
    space = cst.SimpleWhitespace("  " if trail is not None else "")
    return cst.ParenthesizedWhitespace(
        first_line=cst.TrailingWhitespace(whitespace=space, comment=trail),
        empty_lines=[
            line.with_changes(indent=True, whitespace=cst.SimpleWhitespace("    "))
            for line in lines
        ],
        indent=True,
        last_line=cst.SimpleWhitespace("" if closing else "    "),
    )
