# family = "damaged"
# tries = "a link to a file of the instructor's in place of a notebook"
# state = "unreadable"
# says = "is a link, not a file"
# link = true
# What is handed in leads to the solved notebook.
