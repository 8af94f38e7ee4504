"""A stand-in for a service, to prove what runs services: `python stand_in.py <name> serve`, or a tool.

It serves /readyz, /pid, and /environment on its port. STAND_IN makes it behave badly: "deaf" ignores
SIGTERM, "broken" ends at once with a message, "unready" never becomes ready.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

BEHAVIOUR = os.environ.get("STAND_IN", "")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answers = {"/readyz": "ready", "/pid": str(os.getpid()), "/environment": json.dumps(dict(os.environ))}
        found = self.path in answers and not (BEHAVIOUR == "unready" and self.path == "/readyz")
        self.send_response(200 if found else 503)
        self.end_headers()
        self.wfile.write(answers.get(self.path, "").encode())

    def log_message(self, *_: object) -> None:
        say(json.dumps({"event": "request", "path": self.path}))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    if BEHAVIOUR == "broken":
        say("stand-in: the wheel came off")
        return 3
    if sys.argv[2] == "dead-letters":
        say(json.dumps({"id": f"letter-of-{sys.argv[1]}"}))
        return 0
    if sys.argv[2] != "serve":
        say(f"{sys.argv[1]}: {sys.argv[2]}")
        return 0
    if BEHAVIOUR == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    HTTPServer(("127.0.0.1", int(os.environ["FOOTHOLD_HTTP_PORT"])), Handler).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
