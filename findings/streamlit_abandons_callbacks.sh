#!/usr/bin/env bash
# Streamlit abandons a callback when the next click arrives, and does not call it again: what the first click should have
# done never happens, without an error.
#
# streamlit 1.67.0, websockets 16.0, Python 3.11, x86-64.
# A button's `on_click` works for three seconds (it asks a database, decodes an upload) and then writes its result to
# `st.session_state`. If any other widget is used within that time, the next run starts beside the callback, which ends at
# that line: every access to `st.session_state`, and every `st.` command that sends something, is a point at which a run
# that has been overtaken ends, also inside a callback. In a script that does no harm, because the next run starts from its
# top. The callback is not called again, because its button has not been clicked since: its work was done, and the result is
# dropped. With `runner.fastReruns = false` the next run waits for that line, and the result is dropped all the same.
#
# Output seen:
#   the button alone: worked 1 times, counted 1
#   another click during the callback: worked 2 times, counted 1
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${server:-}" 2> /dev/null || true; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    streamlit==1.67.0 websockets==16.0

cat > "$folder/app.py" << 'APP'
import time
from pathlib import Path

import streamlit as st

worked = Path("worked")
worked.touch()


def work():
    time.sleep(3)
    worked.write_text(worked.read_text() + "x")
    st.session_state.counted = st.session_state.get("counted", 0) + 1


st.button("Work", on_click=work)
st.button("Other")
st.text(f"worked {len(worked.read_text())} times, counted {st.session_state.get('counted', 0)}")
APP

cd "$folder"
port=$("$folder/venv/bin/python" -c "import socket; s = socket.socket(); s.bind(('localhost', 0)); print(s.getsockname()[1])")
"$folder/venv/bin/python" -m streamlit run app.py --server.port "$port" --server.address localhost --server.headless true \
    --browser.gatherUsageStats false > server.log 2>&1 &
server=$!
"$folder/venv/bin/python" - "$port" << 'PROGRAM' | tee "$folder/seen"
import asyncio
import sys

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Visitor:
    """A page that is open: its buttons' ids by label, and the text on it."""

    def __init__(self, socket):
        self.socket, self.buttons, self.text = socket, {}, ""

    async def ask(self, button=None):
        message = BackMsg()
        message.rerun_script.query_string = ""
        if button:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = self.buttons[button], True
        await self.socket.send(message.SerializeToString())

    async def read(self, awaited):
        """Read what the server sends until a message for which ``awaited`` is true."""
        while True:
            message = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(), 120))
            element = message.delta.new_element
            if element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
            if element.WhichOneof("type") == "text":
                self.text = element.text.body
            if awaited(message):
                return


def begun(message):
    return message.WhichOneof("type") == "new_session"


def finished(message):
    return message.WhichOneof("type") == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


async def main():
    address = f"ws://localhost:{sys.argv[1]}/_stcore/stream"
    for _ in range(120):
        try:
            socket = await websockets.connect(address, subprotocols=["streamlit"], max_size=None)
            break
        except OSError:
            await asyncio.sleep(0.5)
    async with socket:
        visitor = Visitor(socket)
        await visitor.ask()
        await visitor.read(finished)
        await visitor.ask("Work")
        await visitor.read(finished)
        print("the button alone:", visitor.text)
        await visitor.ask("Work")
        await visitor.read(begun)
        await asyncio.sleep(1)
        for seconds in (5, 0):  # the second time only to see what has become of the first click
            await visitor.ask("Other")
            await visitor.read(finished)
            await asyncio.sleep(seconds)
        print("another click during the callback:", visitor.text)


asyncio.run(main())
PROGRAM

diff "$folder/seen" - << 'EXPECTED'
the button alone: worked 1 times, counted 1
another click during the callback: worked 2 times, counted 1
EXPECTED
echo "as described"
