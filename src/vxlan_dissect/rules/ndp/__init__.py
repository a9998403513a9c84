"""Neighbour Discovery: who asks for a MAC, who answers, and for whom (RFC 4861).

Law: one rule a file.
"""
