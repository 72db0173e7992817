"""The passes that turn one framework's code into the other's.

Takes a module and its facts and gives new text, findings and a manifest. Nothing here runs the
program or imports a framework; what cannot be translated stays as it was and is said.
"""

from porter.rewrite.migrate import migrate_source
from porter.rewrite.options import Manifest, Migration, Options

__all__ = ["Manifest", "Migration", "Options", "migrate_source"]
