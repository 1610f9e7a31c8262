# family = "endless"
# tries = "loops in C, where Python's signals do not come through"
# points = 0
# says = "does a loop end?"
def match_score(patch, filt):
    return sum(range(10**13))
