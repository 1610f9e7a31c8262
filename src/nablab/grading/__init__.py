"""From submissions to scores, pages and a gradebook.

A package for each stage. Imports between them point only down, and import-linter enforces it:

run       many submissions: which ones to grade, in which processes, and the journal of the results
step      nbgrader's own autograde, by the same functions      samples   classes of known scores
judge     one submission: its cells in the jail, checks against them, points
pages     pages for people: a student's page, the class report, nbgrader's own pages
book      nbgrader's gradebook, and its scores for a spreadsheet or a learning platform
intake    submissions: finding files, choosing one, reading it, extracting its cells
records   the records that the stages pass to each other
"""
