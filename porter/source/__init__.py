"""Files, packages and notebooks in and out.

Reads what users have without losing a byte (encoding, byte-order mark, line
ends), writes atomically, and never decides what the text should say.
"""

from porter.source.finding import Finding, Kind

__all__ = ["Finding", "Kind"]
