"""Rules about TCP connections.

Law: one rule a file.
"""
