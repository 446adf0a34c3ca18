#!/usr/bin/env bash
# `import openvino` alone reports to Google Analytics, from a process of its own, whatever the program then does.
#
# openvino 2026.4.1, openvino-telemetry 2025.2.0, Python 3.11, x86-64.
# OpenVINO's page on telemetry says that it is on by default and names the tools that convert, quantise and check models;
# the package's page on PyPI says that statistics are sent with the user's consent. A program that only runs a network reports,
# too: at every start the import opens a connection to www.google-analytics.com, and it writes a number for the user into
# ~/intel. Nobody is asked. The request is made by a child process, so a watch on the program itself sees nothing, and the
# import neither waits nor fails where there is no network. Where openvino_telemetry cannot be imported, OpenVINO uses a
# stand-in that sends nothing.
#
# Here a hook in every Python process of a fresh home directory notes the names that are looked up, and refuses them.
#
# Output seen:
#   import openvino: www.google-analytics.com
#   the same without openvino_telemetry: nothing
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    openvino==2026.4.1 openvino-telemetry==2025.2.0

mkdir "$folder/watch"
cat > "$folder/watch/sitecustomize.py" << 'PROGRAM'
import os
import sys


def hook(event, arguments):
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "", "localhost", "127.0.0.1"):
        with open(os.environ["NOTED"], "a") as noted:
            noted.write(f"{arguments[0]}\n")
        raise OSError("refused")


sys.addaudithook(hook)
PROGRAM

look() {
    mkdir "$folder/$1"
    touch "$folder/$1/noted"
    HOME="$folder/$1" NOTED="$folder/$1/noted" PYTHONPATH="$folder/watch" \
        "$folder/venv/bin/python" -c "$2import openvino, time; time.sleep(10)" 2> /dev/null
    sort -u "$folder/$1/noted"
}
{
    found=$(look with "")
    echo "import openvino: ${found:-nothing}"
    found=$(look without "import sys; sys.modules['openvino_telemetry'] = None; ")
    echo "the same without openvino_telemetry: ${found:-nothing}"
} | tee "$folder/seen"

diff "$folder/seen" - << 'EXPECTED'
import openvino: www.google-analytics.com
the same without openvino_telemetry: nothing
EXPECTED
echo "as described"
