"""Turns `solutions/` into `labs/`.

write    stages the files that may be released and runs nbgrader's generate_assignment on them
verify   proves the result: it is current and leaks nothing, and its checks are proven
new      makes the files of a new lab
"""
