"""The bulletin: static pages in Chinese and English that need no network and no script.

Belongs here: what the pages show of the public tables, and how it looks. Does not belong here: any figure that is not
in a public table. ``views`` chooses, ``charts`` draws, ``templates`` lay out, ``pages`` writes files.
"""
