# family = "endless"
# tries = "never lets its cell end, in a notebook that is right else"
# base = "solved"
# points = 92
# says = "does a loop end?"
while True:
    pass
