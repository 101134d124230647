"""The tables that say how sure the scores are, why they changed and what they hang on.

``assembly`` makes them all for one quarter, ``areas`` those by area, ``method`` those about the index as a whole,
``columns`` declares them. Does not belong here: a formula (``uncertainty``, ``explanation``, ``sensitivity``,
``coherence``), or who may see a row.
"""
