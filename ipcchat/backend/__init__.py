"""The journal and its projection, behind one small interface.

Reading order: `base` (the promises and the protocol), `ordering` (who gets which place), `memory` (all of it in RAM),
`sqlite` (the durable one). What that writes: `sqlite_writer`, `sqlite_store`, `sqlite_schema`, `sqlite_index` with
`sqlite_conversations` and `sqlite_sums`. How it reads: `sqlite_rows`, `sqlite_history`, `sqlite_catch_up`,
`sqlite_targets`, with `sqlite_unwritten` for what is not on disk yet. `memory_past` is what every question means.
`cluster` is a journal that several nodes share (`sqlite_mark` is how far a node's file is).

Rules:
1. A backend keeps every promise of `base`; one contract suite runs over all of them.
2. To a backend a fact is a thing with an id, a clock, a durability and a history target; what it means is core's.
"""
