#!/bin/sh
# Check nablab on a GPU, in less than eight minutes: tools/gpu_check.sh WHEELS [--dry-run]
#
# For a bare machine with nothing but Python with JAX or PyTorch, and no network: WHEELS is a folder
# with the other packages that are needed, as `pip download` makes it. It runs the rules of the layers
# and optimizers on the device, the benchmark beside Keras, and the sample classes of Labs 1, 3, 5 and
# 6 with --device gpu. If something is missing, it prints one line that says what. --dry-run prints
# the commands and runs none.
wheels=$1
python=${PYTHON:-python3}
needed="keras msgpack pytest hypothesis scipy matplotlib rich typer jinja2 ipython nbformat jupytext"

cannot() {
    echo "$1" >&2
    exit 1
}

[ "$#" = 1 ] || { [ "$#" = 2 ] && [ "$2" = --dry-run ]; } ||
    cannot "Name the folder of wheels: tools/gpu_check.sh WHEELS [--dry-run]"
[ -d "$wheels" ] ||
    cannot "There is no folder $wheels: make it where there is a network, with pip download --dest $wheels $needed"
ls "$wheels"/keras-*.whl >/dev/null 2>&1 ||
    cannot "The folder $wheels has no wheel of Keras: make it with pip download --dest $wheels $needed"
wheels=$(cd "$wheels" && pwd)
cd "$(dirname "$0")/.." || exit 1

backend=
for package in jax torch; do
    "$python" -c "import importlib.util as u, sys; sys.exit(u.find_spec('$package') is None)" 2>/dev/null &&
        backend=$package && break
done
if [ -z "$backend" ]; then
    cannot "$python has neither JAX nor PyTorch: name a Python that has one with PYTHON=/path/to/python3"
fi

if [ "$2" = --dry-run ]; then
    run() { shift && echo "$@"; }
    venv=VENV
else
    ls /dev/nvidia[0-9]* >/dev/null 2>&1 || cannot "There is no GPU here (no /dev/nvidia0)."
    # Seconds at most, and a command. A step that fails does not stop the others.
    run() { limit=$1 && shift && echo && echo "$@" && timeout "$limit" "$@" || failed="$failed $limit"; }
    venv=$(mktemp -d)
    trap 'rm -rf "$venv"' EXIT
fi
failed=
export KERAS_BACKEND=$backend

run 30 "$python" -m venv --system-site-packages "$venv"
# shellcheck disable=SC2086  # one word for each package
run 60 "$venv/bin/python" -m pip install --quiet --no-index --find-links "$wheels" $needed
if [ "$2" != --dry-run ]; then
    # The jail's Python ignores PYTHONPATH, so nablab is made known to the environment itself.
    pwd | sed 's|$|/src|' >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nablab.pth"
fi
[ -z "$failed" ] || cannot "The packages of $wheels could not be installed: see above which one is missing."

run 120 "$venv/bin/python" -m pytest -m gpu -q tests/conformance/test_layers.py tests/optimizers
run 120 "$venv/bin/python" -m tests.benchmarks.layers --device gpu --repeats 5
run 140 "$venv/bin/python" tools/gpu_grade.py 1 3 5 6
[ -z "$failed" ] || cannot "Not all of the three steps succeeded: see above."
