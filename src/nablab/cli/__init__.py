"""The command line: thin calls into the package, for three people.

main         the app, and how errors are told
student      labs, start, check, hint, pack, doctor
instructor   grade, report, demo
author       author new, build, verify
"""
