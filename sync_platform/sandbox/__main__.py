"""`python -m sync_platform.sandbox`."""

import sys

from sync_platform.sandbox.command import main

if __name__ == "__main__":
    sys.exit(main())
