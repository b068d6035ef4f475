"""Nouns: the records that every room speaks in, one per file.

A record is frozen, typed, timed in UTC, and named by the hash of its content.
"""
