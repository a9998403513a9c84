"""Encryption between nodes: WireGuard and IPsec.

Law: one rule a file.
"""
