"""What a department is told: before it sends a file, after it has sent one, and how to send it at all.

Belongs here: checking a file without keeping it, reply workbooks, templates, the words for what a cell should hold,
and how punctual a department is. Does not belong here: verdicts themselves (``judging``, ``intake``).
"""
