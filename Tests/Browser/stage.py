"""What the browser's tests stand on: the service by its local socket, and a line that can be slow or cut."""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

SOCKET = os.environ["SANDGLASS_SOCKET"]
PORT = int(os.environ["SANDGLASS_PORT"])
SCREENSHOTS = os.environ["SANDGLASS_SCREENSHOTS"]
PIDFILE = os.environ["SANDGLASS_PIDFILE"]


class Local(http.client.HTTPConnection):
    """A connection to the service's local socket: the kernel says that we are an operator."""

    def __init__(self):
        super().__init__("localhost", timeout=120)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def ask(method, path, body=None):
    """Asks the service and returns what it answers; fails when it refuses."""
    connection = Local()
    try:
        connection.request(method, "/api/v1/" + path, body and json.dumps(body), {"connection": "close"})
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise AssertionError(f"{method} {path}: {answer.status} {text.decode()}")
    return json.loads(text) if text else None


def until(what, condition, limit=120):
    """Waits until something holds and returns it."""
    end = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {limit} s")
        time.sleep(0.1)


def _runs(pid):
    """Whether a process is there and has not ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return bool(file.read())
    except FileNotFoundError:
        return False


class Service:
    """The service's process, which can be killed and started again as it was."""

    def __init__(self):
        with open(PIDFILE, encoding="ascii") as file:
            self.pid = int(file.read())
        self.program = os.readlink(f"/proc/{self.pid}/exe")
        self.log = os.readlink(f"/proc/{self.pid}/fd/1")
        with open(f"/proc/{self.pid}/environ", "rb") as file:
            self.environment = dict(one.split(b"=", 1) for one in file.read().split(b"\0") if b"=" in one)

    def kill(self):
        """Leaves it no time for anything."""
        os.kill(self.pid, signal.SIGKILL)
        until("the service is gone", lambda: not _runs(self.pid), 30)

    def start(self):
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                [self.program], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.pid = process.pid
        with open(PIDFILE, "w", encoding="ascii") as file:
            file.write(f"{process.pid}\n")
        # Its end is the business of whoever ends the service.
        process.returncode = 0


class Line:
    """A way to the service that can be cut, and be as slow as a bad line: bytes a second, and seconds of delay each way.

    Loss is what TCP makes of it: now and then everything waits for one that is sent again.
    """

    def __init__(self, rate=None, delay=0.0, loss=0.0):
        self.rate, self.delay, self.loss = rate, delay, loss
        self.received = 0
        self.is_cut = False
        self.ends = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends every connection, and takes no new one until `mend`."""
        self.is_cut = True
        with self.lock:
            ends, self.ends = self.ends, []
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is gone already.
            end.close()

    def mend(self):
        self.is_cut = False

    def close(self):
        self.cut()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.is_cut:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", PORT))
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.rate:
                # A real line holds little: what is sent waits in the sender.
                far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            with self.lock:
                self.ends += [near, far]
            threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source, target, is_down):
        pending, ready = [], threading.Condition()

        def deliver():
            while True:
                with ready:
                    while not pending:
                        ready.wait()
                    due, data = pending.pop(0)
                    ready.notify_all()
                time.sleep(max(0, due - time.monotonic()))
                try:
                    if not data:
                        target.shutdown(socket.SHUT_WR)
                        return
                    target.sendall(data)
                except OSError:
                    return

        threading.Thread(target=deliver, daemon=True).start()
        free, count = time.monotonic(), 0
        while True:
            try:
                data = source.recv(1400 if self.rate else 65536)
            except OSError:
                data = b""
            if is_down:
                self.received += len(data)
            now = time.monotonic()
            free = max(now, free)
            if self.rate:
                free += len(data) / self.rate
                count += 1
                if self.loss and count % round(1 / self.loss) == 0:
                    free += 2 * self.delay
            with ready:
                pending.append((free + self.delay, data))
                ready.notify_all()
            if self.rate:
                # No more is in flight than the line carries in its delay and a little queue.
                time.sleep(max(0, free - time.monotonic() - 0.1))
            if not data:
                return
