#!/bin/sh
# Make sure that this Python can make the virtual environment: tools/python.sh PYTHON. If something is
# missing, prints one line that says what it is and how to get it.
python=$1
if [ -z "$python" ]; then
    echo "nablab needs Python 3.11, 3.12 or 3.13, but none is on the PATH: install one, or name it with make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
if ! version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
    echo "$python does not run as a Python: name another one with make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
case $version in
3.11 | 3.12 | 3.13) ;;
*)
    echo "$python is Python $version, but nablab's packages are for Python 3.11, 3.12 and 3.13: name one of these with make PYTHON=/path/to/python3.12" >&2
    exit 1
    ;;
esac
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python cannot make a virtual environment: install its venv module, e.g. sudo apt install python$version-venv" >&2
    exit 1
fi
