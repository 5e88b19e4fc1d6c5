"""Four partner systems as real HTTP servers over real retail sales, for demonstrations and tests.

Stands alone: nothing here imports the rest of `sync_platform`, and the rest never imports this.
"""

from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.sandbox import Sandbox
from sync_platform.sandbox.touch import Touched

__all__ = ["Sandbox", "SandboxError", "Touched"]
