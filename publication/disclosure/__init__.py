"""Disclosure control: what of an indicator, an area and a quarter is not published, or only as a range.

Belongs here: the policy, which cells are small, and carrying the hiding through totals, scores and time until nothing
hidden can be worked out. Pure: rows in, sets of cells out. Does not belong here: writing the
tables (``publication.tables``).

What a reader is assumed to know stands in docs/architecture.md; what the rules see to:

- a cell is small when its count, or the rest of its denominator, lies from one up to the threshold; zero is shown;
- a hidden cell does not follow from a parent's total and its siblings, nor from a published dimension score;
- overlapping windows, read one after the other, do not give away a single quarter;
- an area below the minimum of residents shows nothing;
- a sub-district's cell that is hidden for another's sake only is shown as a range, as narrow as that other can bear.

``quarter`` has the cells of a quarter and the relations between them; ``totals``, ``scores``, ``windows`` and
``choice`` say what must be hidden beside, ``suppression`` searches, ``ranges`` tells what may be told all the same, as
far as ``attack`` and ``freedom`` find that it gives nothing away.
"""
