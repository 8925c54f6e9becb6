"""The rules of chat, pure: no asyncio, sockets, threads, clock, randomness, disk or logging.

Reading order: facts (what happens), state (what is so), rules (what may happen), changes (what a fact does to the
state), announce (who hears it), engine (how commands become facts and facts become lines), handlers (one file per
command family).
"""
