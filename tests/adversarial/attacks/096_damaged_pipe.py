# family = "damaged"
# tries = "a pipe in place of a file, which nobody ever writes to"
# state = "unreadable"
# says = "not a file"
# pipe = true
# What is handed in would keep its reader waiting for ever.
