"""What people read afterwards: a student's page, the class report, nbgrader's own pages."""
