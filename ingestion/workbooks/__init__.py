"""Reading a workbook in a process of its own, which may run out of memory or time without harm to anyone.

Belongs here: what that process does, over the standard library and calamine alone, so that it starts in hundredths
of a second. Does not belong here: starting it, or anything that knows of contracts (``readers.workbooks``).
"""
