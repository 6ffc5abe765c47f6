#!/bin/sh
# Installs the program that is to become a service. There is no unit, no account and no folder for its log yet.
set -eu
install -d /opt/ledger /etc/ledger
cat >/opt/ledger/ledger.py <<'PROGRAM'
#!/usr/bin/python3
"""A ledger that is read over HTTP, at 127.0.0.1. It takes its settings from the environment:

LEDGER_PORT      the port it listens on
LEDGER_PASSWORD  the password it opens its book with
LEDGER_LOG       the file it logs to; /var/log/ledger/ledger.log unless set
"""
import http.server
import os
import pwd
import sys
import time

LOG = os.environ.get("LEDGER_LOG", "/var/log/ledger/ledger.log")
BADGE = "/opt/ledger/badge"


def log(text):
    with open(LOG, "a") as file:
        print(time.strftime("%Y-%m-%d %H:%M:%S"), text, file=file)


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(BADGE) as file:
            body = f"ledger {file.read().strip()} is open\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        log(format % arguments)


def main():
    port, password = os.environ.get("LEDGER_PORT", ""), os.environ.get("LEDGER_PASSWORD", "")
    if not port.isdigit() or not password:
        sys.exit("ledger: LEDGER_PORT and LEDGER_PASSWORD must be set")
    try:
        server = http.server.HTTPServer(("127.0.0.1", int(port)), Page)
        log(f"started on port {port} as {pwd.getpwuid(os.geteuid()).pw_name}")
    except OSError as error:
        sys.exit(f"ledger: {error}")
    server.serve_forever()


main()
PROGRAM
chmod 755 /opt/ledger/ledger.py
