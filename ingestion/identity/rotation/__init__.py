"""Rotation: everything that was made with one set of keys, made again with another, and put in place at once.

Belongs here: carrying what is held from key to key. Does not belong here: key sets (``warehouse.keys``), the command
(``orchestration``), or releases, which stay as they were published.
"""
