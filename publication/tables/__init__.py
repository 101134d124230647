"""The public tables: their columns, their rows after disclosure control, and their files.

Belongs here: everything that readers get as a table. Does not belong here: which cells are hidden
(``publication.disclosure``) or how pages show them (``publication.bulletin``).
"""
