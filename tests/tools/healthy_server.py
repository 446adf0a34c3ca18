"""Answer every request with 200 on the port given by ``--server.port``; a test serves it instead of the dashboard."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers ``/_stcore/health`` as Streamlit does."""

    def do_GET(self) -> None:
        """Answer a request."""
        self.send_response(200)
        self.end_headers()


if __name__ == "__main__":
    HTTPServer(("localhost", int(sys.argv[2])), Handler).serve_forever()
