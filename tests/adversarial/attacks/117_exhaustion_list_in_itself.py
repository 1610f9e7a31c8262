# family = "exhaustion"
# tries = "a list that holds itself, of which NumPy makes an array of any depth"
# points = 0
# says = "nested too deeply"
def match_score(patch, filt):
    endless = [0.0, 1.0]
    endless.append(endless)
    return endless
