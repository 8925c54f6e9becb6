"""`python -m ipcchat` is the command `ipc-chat`."""

import sys

from ipcchat.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
