"""Rules about policies that reject.

Law: one rule a file.
"""
