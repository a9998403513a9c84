"""Rules about health checks.

Law: one rule a file.
"""
