"""Starts the chat client: `python client.py --help` lists the commands. The same as `ipc-chat chat`, `send` and `tail`.

On a fresh clone the first run makes `.venv` by itself.
"""

import sys

import bootstrap

if __name__ == "__main__":
    bootstrap.enter(__file__, sys.argv[1:])
    from ipcchat.cli.main import client_main

    sys.exit(client_main(sys.argv[1:]))
