"""Functional builders that are more than straight-line code, cut into classes."""

from porter.rewrite.cut.builders import Cut, cut

__all__ = ["Cut", "cut"]
