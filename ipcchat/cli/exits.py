"""The exit codes of all commands; those above 2 are BSD's sysexits and the shell's 128 + signal."""

OK = 0
FAILED = 1
USAGE = 2
UNAVAILABLE = 69
NOT_PERMITTED = 77
INTERRUPTED = 130
BROKEN_PIPE = 141
