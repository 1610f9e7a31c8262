"""From submissions to scores, pages and a gradebook.

A room for each stage; arrows between them point down only, and import-linter holds them:

run       many submissions: which of them to grade, by which processes, and the journal of it
step      nbgrader's own autograde, by the same functions      samples   classes of known scores
judge     one submission: its cells in the jail, checks against them, points
pages     what people read: a student's page, the class report, nbgrader's own pages
book      nbgrader's gradebook, and scores out of it for a spreadsheet or a learning platform
intake    what was handed in: finding files, choosing one, reading it, taking out its cells
records   what the stages hand to each other
"""
