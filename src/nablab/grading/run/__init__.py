"""Grading many submissions: what is to be done, by which processes, and what is kept of it."""
