"""The benchmark: our server alone (`python -m bench`) and beside other IRC servers (`python -m bench.peers`).

Rules:
1. Standard library only, plus one C program that is built on first use: what loads a server must not share its code.
2. A server under test is a process that we start, in a folder of its own, on loopback, and end by its pid.
3. Machines are noisy: every figure is the median of rounds that alternate between the servers and the scenarios.
4. CPU time and memory are the kernel's own accounting (/proc) of the server's process and its descendants, so it is
   Linux only.
5. What could not be measured says so in its cell; no cell is left out in silence.
"""
