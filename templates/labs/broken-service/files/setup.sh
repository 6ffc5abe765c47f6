#!/bin/sh
# A guest book that worked on another machine: its program, its account and a unit that fits neither.
set -eu
umask 022

useradd --system --user-group --home-dir /nonexistent --shell /usr/sbin/nologin guestbook

mkdir -p /opt/guestbook
cat >/opt/guestbook/server.py <<'PYTHON'
#!/usr/bin/python3
"""A guest book: GET shows what visitors wrote, POST adds a line. PORT says where it listens."""
import html
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

ENTRIES = "entries.txt"  # in the folder in which the program runs


class GuestBook(BaseHTTPRequestHandler):
    def do_GET(self):
        with open(ENTRIES, encoding="utf-8") as entries:
            items = "".join(f"<li>{html.escape(line.strip())}</li>" for line in entries)
        page = f"<!doctype html><title>Guest book</title><h1>Guest book</h1><ul>{items}</ul>\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def do_POST(self):
        length = min(int(self.headers.get("Content-Length", 0)), 1000)
        line = " ".join(self.rfile.read(length).decode("utf-8", "replace").split())
        with open(ENTRIES, "a", encoding="utf-8") as entries:
            entries.write(line + "\n")
        self.send_response(303)
        self.send_header("Location", "/")
        self.end_headers()


port = int(os.environ["PORT"])
with open(ENTRIES, "a", encoding="utf-8"):
    pass  # whether it can be written to is better known now than with the first visitor
try:
    server = HTTPServer(("", port), GuestBook)
except OSError as error:
    raise SystemExit(f"cannot listen at port {port}: {error.strerror}")
print(f"listening at port {port}", flush=True)
server.serve_forever()
PYTHON
chmod 0755 /opt/guestbook/server.py

cat >/etc/systemd/system/guestbook.service <<'UNIT'
[Unit]
Description=Guest book of the museum
After=network.target

[Service]
Type=exec
User=guest-book
WorkingDirectory=/var/lib/guestbook
Environment=PORT=8090
ExecStart=/usr/bin/python3 /opt/guestbook/guestbook.py

[Install]
WantedBy=multi-user.target
UNIT
mkdir -p /etc/systemd/system/guestbook.service.d
cat >/etc/systemd/system/guestbook.service.d/port.conf <<'UNIT'
# On the old machine it answered without a port in the address.
[Service]
Environment=PORT=80
UNIT
systemctl daemon-reload
