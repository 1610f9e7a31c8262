"""`check` called once more in a cell of the student's own, beside other calls of the lab's."""


def change(nb):
    nb.after("check-1-3", 'check("1.1")\nhint("1.2")\npredict("1.3", "a")')
