"""The formulas: from values to scores, groups, ranks and changes, on arrays of any leading shape.

Belongs here: pure functions on arrays and the settings of a series. Does not belong here: tables, files, areas' names.
"""
