"""Whether the data have earned publication: checks on deliveries, on marts and on the index, and the release gate.

Belongs here: judging. Does not belong here: reading departments' files, changing data, deciding what readers see. Great
Expectations is used here alone, and imported only where a suite runs.
"""
