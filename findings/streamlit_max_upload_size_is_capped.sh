#!/usr/bin/env bash
# Streamlit's `max_upload_size` of a file uploader cannot raise the limit: the server still refuses what exceeds its own.
#
# streamlit 1.67.0, websockets 17.0.1, Python 3.11, x86-64.
# The documentation of `st.file_uploader` says that `max_upload_size`, if it is an integer, "will override the
# server.maxUploadSize configuration option". It does so in what the browser is told only. The server knows nothing of the
# widget: it compares the request with `server.maxUploadSize` and answers 413. So the parameter can lower the limit of
# one uploader, and raise none.
#
# Here the server allows 1 MB and the uploader 3 MB. A file of 2 MB is sent as a browser sends it: to an address that the
# session was given for it.
#
# Output seen:
#   the uploader tells the browser: 3 MB
#   a file of 0.5 MB is answered with 204
#   a file of 2.0 MB is answered with 413
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check streamlit==1.67.0 websockets==17.0.1

cat > "$folder/app.py" << 'PROGRAM'
import streamlit as st

st.file_uploader("A file", max_upload_size=3)
PROGRAM
port=$("$folder/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$folder"
HOME="$folder" "$folder/venv/bin/python" -m streamlit run app.py --server.port "$port" --server.address 127.0.0.1 \
    --server.headless true --server.maxUploadSize 1 --server.enableXsrfProtection false \
    --browser.gatherUsageStats false > "$folder/log" 2>&1 &
server=$!

"$folder/venv/bin/python" - "$port" << 'PROGRAM' | tee "$folder/seen"
import sys
import time
import urllib.error
import urllib.request

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

site = f"127.0.0.1:{sys.argv[1]}"
for _ in range(300):
    try:
        urllib.request.urlopen(f"http://{site}/_stcore/health")
        break
    except OSError:
        time.sleep(0.1)


def answer_to(address, megabytes):
    """Send a file as a form, as the browser does; return the status of the answer."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    body = head + bytes(int(megabytes * 2**20)) + b"\r\n--edge--\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=edge"}
    request = urllib.request.Request(f"http://{site}{address}", body, form, method="PUT")
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code


with connect(f"ws://{site}/_stcore/stream", subprotocols=["streamlit"], max_size=None) as socket:

    def received(part):
        """Return the next message with ``part``."""
        while True:
            message = ForwardMsg.FromString(socket.recv(timeout=60))
            if message.HasField(part) and (part != "delta" or message.delta.new_element.HasField("file_uploader")):
                return message

    socket.send(BackMsg(rerun_script={}).SerializeToString())
    uploader = received("delta").delta.new_element.file_uploader
    print(f"the uploader tells the browser: {uploader.max_upload_size_mb} MB")
    for megabytes in (0.5, 2.0):
        asked = {"request_id": "1", "file_names": ["a.bin"]}
        socket.send(BackMsg(file_urls_request=asked).SerializeToString())
        (given,) = received("file_urls_response").file_urls_response.file_urls
        print(f"a file of {megabytes} MB is answered with {answer_to(given.upload_url, megabytes)}")
PROGRAM

diff - "$folder/seen" << 'EXPECTED'
the uploader tells the browser: 3 MB
a file of 0.5 MB is answered with 204
a file of 2.0 MB is answered with 413
EXPECTED
echo "as described"
