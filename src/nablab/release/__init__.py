"""Turns `solutions/` into `labs/`.

write    stages what may be released and runs nbgrader's generate_assignment on it
verify   proves what was built: current, leaks nothing, checks proven
new      the files of a new lab
"""
