"""Losses: what may have become of packets that one place saw and the next did not.

Law: one cause a file; each weighs a loss and gives its reasons.
"""
