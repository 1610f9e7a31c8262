"""Grades submissions: the flow is `pipeline.grade_one`, top to bottom.

submission   finds submitted files and reads them as notebooks
lms          takes in what Canvas and Moodle give, by archive (zips) and roster (who is who)
extract      takes the student's cells out of a notebook, and repairs what is plain
answer       one exercise of one submission in the jail
suite        runs checks and hidden suite with pytest against it
score        turns outcomes into points
deliver      record, autograded notebook and feedback page of one submission
journal      writes them, and knows what need not be graded again
session      one run: journal, then gradebook          regrade   who gains and who loses
gradebook    writes nbgrader's gradebook, whose tables gradebook_schema makes (they and the step are
             the only modules with nbgrader)
step         nbgrader's own autograde step, by the same functions
feedback     one page a student         report    one page a class
export       scores for a spreadsheet, or filled into Canvas's and Moodle's tables by worksheet
runners      many submissions over a pool of warm jails
samples      made-up classes whose scores are known beforehand
"""
