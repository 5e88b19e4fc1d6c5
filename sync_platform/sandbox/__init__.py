"""Six partner systems over real retail sales, for demonstrations and tests: four HTTP servers, two that leave files.

Stands alone: nothing here imports the rest of `sync_platform`, and the rest never imports this.
"""

from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.sandbox import Sandbox
from sync_platform.sandbox.touch import Touched

__all__ = ["Sandbox", "SandboxError", "Touched"]
