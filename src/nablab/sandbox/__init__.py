"""The trust boundary: student code on one side, the code that judges it on the other.

    protocol   which values may cross, and their encoding           both sides
    channel    whole messages over a socket, within a deadline      both sides
    serve      answers requests against a namespace                 jail side
    cells      runs a notebook's cells in that namespace            jail side
    shell      IPython's syntax and its magics                      jail side
    forbidden  finds and blocks forbidden names                     jail side
    inert      stand-ins for what is missing at grading             jail side
    models     makes and inspects Keras models                      jail side
    confine    namespaces, limits and mounts of one child           jail side
    watched    what a child uses, and the end of one that exceeds   jail side
    worker     the warm worker: imports once, forks per exercise    jail side
    engine     the command that starts a worker in a jail           trusted side
    places     the files and folders that a jail shows              trusted side
    host       starts, watches and ends workers and children        trusted side
    student    the student's names as a proxy, for checks           trusted side, notebook

The jail side imports the standard library, NumPy and the protocol, nothing else of nablab.
"""
