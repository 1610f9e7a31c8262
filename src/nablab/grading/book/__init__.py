"""Scores in nbgrader's gradebook, and their export to a spreadsheet or a learning platform."""
