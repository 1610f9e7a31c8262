"""The command line: thin calls into the package, for three people.

main         the app, and how errors are shown
student      labs, start, check, hint, pack, doctor
instructor   grade, report, demo
author       author new, build, verify
"""
