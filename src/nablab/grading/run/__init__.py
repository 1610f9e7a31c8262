"""Grading many submissions: which ones to grade, in which processes, and what is recorded."""
