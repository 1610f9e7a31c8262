"""Scores in nbgrader's gradebook, and out of it for a spreadsheet or a learning platform."""
