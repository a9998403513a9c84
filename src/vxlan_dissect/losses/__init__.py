"""Which packets of a conversation did not get where they were going, and between which two places?

Law: a place counts as missing a packet only where it was captured at that time and the packet would have been visible.
"""
