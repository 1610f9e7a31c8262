"""The trust boundary: student code on one side, what judges it on the other.

    protocol   what may cross, and how it is written down          both sides
    serve      answers requests against a namespace                 jail side
    cells      runs a notebook's cells in that namespace            jail side
    shell      IPython's syntax and its magics                      jail side
    forbidden  what an exercise rules out: found and blocked        jail side
    inert      stand-ins for what is not there at grading           jail side
    models     Keras models there, asked about and made             jail side
    confine    namespaces, limits and mounts of one child           jail side
    worker     the warm worker: imports once, forks per exercise    jail side
    engine     the command that starts a worker in a jail           trusted side
    host       starts, watches and ends workers and children        trusted side
    student    what a test sees: the student's names as a proxy     trusted side, notebook

The jail side imports the standard library, NumPy and the protocol, nothing else of nablab.
"""
