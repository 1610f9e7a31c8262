"""The pages that people read: a student's page, the class report, nbgrader's own pages."""
