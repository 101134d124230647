"""Why a score changed, exactly: terms that add up to the change.

``causes`` splits the change of an indicator's score, ``waterfall`` puts it in points of the index, ``ranks`` and
``mix`` do the same for ranks and for a parent's areas, ``price`` says what one event is worth, ``peers`` compares with
like areas. Does not belong here: whether a change is more than chance (``uncertainty``).
"""
