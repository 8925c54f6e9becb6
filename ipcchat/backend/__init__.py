"""The journal and its projection, behind one small interface.

Reading order: `base` (the promises and the protocol), `ordering` (who gets which place), `memory` (all of it in RAM),
`sqlite` (the durable one; its parts are `sqlite_writer`, `sqlite_store`, `sqlite_index`, `sqlite_schema` and
`sqlite_history`).

Rules:
1. A backend keeps every promise of `base`; one contract suite runs over all of them.
2. To a backend a fact is a thing with an id, a clock, a durability and a history target; what it means is core's.
"""
