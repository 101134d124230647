"""A series in the form that others read: the seed of dbt and the pages for people.

Belongs here: text made from a declaration. Does not belong here: writing files (``codegen``).
"""
