"""From text rows to typed rows, by contract and set-based: SQL is generated once an extract and run over a batch.

Belongs here: what a cell may look like, what a row may hold, which rows are not data. Does not belong here:
reading files (``readers``), document numbers (``identity``), or writing (``promotion``).
"""
