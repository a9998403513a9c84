"""Rules about DNS.

Law: one rule a file.
"""
