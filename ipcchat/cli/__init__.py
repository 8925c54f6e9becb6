"""The command line: argv, environment, terminal and exit codes; everything else is done by the server and the client
library.

Rules:
1. A command's module is cheap to import: it imports what it runs inside `run`.
2. Results go to standard output, diagnostics to standard error.
3. Exit codes are those of `exits.py`, and every `--help` prints the ones that command uses.
"""
