#!/bin/sh
# Create .venv with nox in it, in the current folder; sessions of nox install the rest.
# Uses uv if it is installed, else the first Python that is new enough (PYTHON names one).
# An existing .venv that runs is kept.  .nox/making holds the id of the process that does this;
# if that process was killed, the next one deletes .venv and starts again.
set -eu

say() { echo "venv: $*" >&2; }

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

alone() {
    mkdir -p .nox
    until (set -C; echo $$ >.nox/making) 2>/dev/null; do
        other=$(cat .nox/making)
        if kill -0 "$other" 2>/dev/null; then
            say "process $other is making .venv; waiting for it"
            sleep 2
        else
            say ".venv was left unfinished; starting again"
            rm -rf .venv .nox/making
        fi
    done
}

no_python() {
    found=$("$1" -V 2>&1) || found="not there"
    say "Python 3.11 or later is needed, and $1 is $found."
    say "  try: install uv, which brings a Python of its own"
    say "   or: make PYTHON=/path/to/python3.12"
    return 1
}

no_venv() {
    rm -rf .venv
    say "$1 cannot make environments."
    say "  try: apt-get install python3-venv    (Debian and Ubuntu package it apart)"
    say "   or: install uv, which does without"
    return 1
}

create() {
    rm -rf .venv
    if command -v uv >/dev/null; then
        say "creating .venv with uv"
        uv venv --quiet .venv
        return
    fi
    for python in "$PYTHON" python3.14 python3.13 python3.12 python3.11; do
        if fits "$python"; then
            say "creating .venv with $python -m venv"
            "$python" -m venv .venv >&2 || no_venv "$python"
            return
        fi
    done
    no_python "$PYTHON"
}

install() {
    if command -v uv >/dev/null; then
        uv pip install --quiet --python .venv --require-hashes -r constraints/nox.txt
        return
    fi
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r constraints/nox.txt >&2
}

PYTHON=${PYTHON:-python3}
alone
trap 'rm -f .nox/making' EXIT
fits .venv/bin/python || create
say "installing nox"
install
touch .venv/made
