// One end of the terminal protocol (docs/terminal.md): keeps what was typed until the service has it, and knows how much of
// the output is shown, so that after a cut or a reload nothing is lost and nothing doubled.
import { call, stream } from './api.js';

const firstPause = 300;
const longestPause = 5000;
// The service says something at least this often.
const silenceLimit = 45000;
// What lives shorter than this was no good connection.
const goodLife = 5000;
// What is sent at a time.
const pieceSize = 16384;
// What is kept over a reload at most; browsers have little room.
const keptSize = 65536;

const encoder = new TextEncoder();

// What was typed and is not yet known to have arrived, kept over a reload of the page.
class Outbox {
    constructor(key) {
        this.key = key;
        const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
        this.base = kept?.base ?? 0;
        this.bytes = Uint8Array.from(kept?.bytes ?? []);
        // Up to here it was handed to some connection.
        this.sent = kept?.sent ?? this.end;
    }

    get end() { return this.base + this.bytes.length; }

    add(bytes) {
        const all = new Uint8Array(this.bytes.length + bytes.length);
        all.set(this.bytes);
        all.set(bytes, this.bytes.length);
        this.bytes = all;
        this.keep();
    }

    // The service that is come back to has everything up to a count, and nothing more.
    rejoin(count) {
        // More was typed before a reload than was kept, or what was in vain is not counted.
        this.base = Math.min(this.base, count);
        this.arrived(count);
    }

    // The service has everything up to a count.
    arrived(count) {
        const known = Math.min(Math.max(count - this.base, 0), this.bytes.length);
        this.bytes = this.bytes.slice(known);
        this.base += known;
        this.keep();
    }

    // The service knows nothing of what was sent before; what never was is still to come.
    restart(count) {
        this.bytes = this.bytes.slice(Math.max(0, this.sent - this.base));
        this.base = count;
        this.sent = count;
        this.keep();
    }

    // What was sent was for a machine that is gone; what of it is still on its way is counted when it comes.
    forget() {
        this.bytes = this.bytes.slice(Math.max(0, this.sent - this.base));
        this.base = Math.max(this.base, this.sent);
        this.keep();
    }

    // The pieces from a count on, each with its own.
    * pieces(count) {
        const end = this.end;
        for (let at = count; at < end; at += pieceSize) yield [this.bytes.slice(at - this.base, at - this.base + pieceSize), at];
        this.sent = end;
        this.keep();
    }

    keep() {
        const bytes = this.bytes.length > keptSize ? [] : [...this.bytes];
        sessionStorage.setItem(this.key, JSON.stringify({ base: bytes.length ? this.base : this.end, bytes, sent: this.sent }));
    }
}

// A name of this tab that no other tab has, not even a copy of it.
async function clientName(key) {
    const kept = sessionStorage.getItem(key);
    if (kept && await claim(kept)) return kept;
    const made = crypto.randomUUID();
    await claim(made);
    sessionStorage.setItem(key, made);
    return made;
}

function claim(name) {
    return new Promise((resolve) => {
        // Held until the page is gone.
        navigator.locks.request(`sandglass ${name}`, { ifAvailable: true }, (lock) => {
            resolve(lock !== null);
            return lock ? new Promise(() => {}) : undefined;
        });
    });
}

// Events: `output` (detail: bytes, and `done` to be called once they are shown), `message` (detail: what the service says),
// `lost`, `found`, and `failed` whenever an attempt to come back did not succeed.
export class TerminalLink extends EventTarget {
    constructor(session, terminal, { isWatching = false } = {}) {
        super();
        this.session = session;
        this.terminal = terminal;
        this.isWatching = isWatching;
        this.key = `terminal ${session} ${terminal}`;
        this.position = null;
        this.redraw = 0;
        this.isAttached = false;
        this.isOver = false;
        this.pause = firstPause;
        this.failures = 0;
        this.blocked = 0;
        this.size = null;
        addEventListener('online', () => this.again());
    }

    async open(size) {
        this.size = size;
        this.client = await clientName(`${this.key} client`);
        this.outbox = new Outbox(`${this.key} ${this.client}`);
        this.connect();
    }

    close() {
        this.isOver = true;
        this.connection?.close();
    }

    type(text) {
        if (this.isWatching || this.isOver) return;
        const bytes = typeof text === 'string' ? encoder.encode(text) : text;
        this.outbox.add(bytes);
        if (this.isAttached) this.send(this.outbox.end - bytes.length);
    }

    send(count) { for (const [bytes, at] of this.outbox.pieces(count)) this.connection.type(bytes, at); }

    resize(size) {
        this.size = size;
        if (this.isAttached && !this.isWatching) this.connection.tell({ resize: size });
    }

    // MARK: The connection

    get query() {
        const query = new URLSearchParams({ terminal: this.terminal, client: this.client, flow: 1 });
        if (this.size) {
            query.set('columns', this.size.columns);
            query.set('rows', this.size.rows);
        }
        // What the terminal was given it will show, also after a cut. Of a screen that was drawn in part nothing is of use.
        if (this.position !== null && this.redraw === 0) query.set('seen', this.position);
        return query;
    }

    connect() {
        if (this.isOver) return;
        const route = `sessions/${this.session}/${this.isWatching ? 'watch' : 'terminals'}`;
        // Where a WebSocket has failed twice and the service answered then, something in between does not let them through.
        const Kind = this.blocked >= 2 ? StreamConnection : SocketConnection;
        const connection = new Kind(route, this.query);
        this.connection = connection;
        connection.hear({
            bytes: (bytes) => connection === this.connection && this.took(bytes),
            message: (message) => connection === this.connection && this.heard(message),
            over: (wasOpen) => connection === this.connection && this.lost(wasOpen),
        });
    }

    // The service answers, though a connection to the terminal has just failed.
    isReachable() { if (!this.isAttached) this.blocked += 1; }

    again() {
        if (this.isOver || this.isAttached) return;
        clearTimeout(this.timer);
        this.connection?.close();
        this.connect();
    }

    lost(wasOpen) {
        // Whatever it still says, its end among that, is of no interest.
        this.connection = null;
        clearTimeout(this.watchdog);
        clearTimeout(this.timer);
        this.failures = wasOpen ? 0 : this.failures + 1;
        const wasAttached = this.isAttached;
        this.isAttached = false;
        if (this.isOver) return;
        if (wasAttached && performance.now() - this.foundAt > goodLife) this.pause = firstPause;
        if (wasAttached || this.failures === 1) this.dispatchEvent(new Event('lost'));
        if (wasAttached) this.blocked = 0;
        else this.dispatchEvent(new Event('failed'));
        this.timer = setTimeout(() => this.connect(), this.pause);
        this.pause = Math.min(this.pause * 2, longestPause);
    }

    stillThere() {
        clearTimeout(this.watchdog);
        this.watchdog = setTimeout(() => {
            this.connection.close();
            this.lost(true);
        }, silenceLimit);
    }

    heard(message) {
        this.stillThere();
        if (message.output) {
            this.position = message.output.position;
            this.redraw = message.output.redraw;
        }
        if (message.typed !== undefined) {
            if (this.isAttached) {
                if (message.fresh) this.outbox.forget(); else this.outbox.arrived(message.typed);
            } else {
                if (message.fresh) this.outbox.restart(message.typed); else this.outbox.rejoin(message.typed);
                this.isAttached = true;
                this.foundAt = performance.now();
                this.failures = 0;
                this.send(this.outbox.base);
                this.dispatchEvent(new Event('found'));
            }
        } else if (this.isWatching && message.output && !this.isAttached) {
            this.isAttached = true;
            this.foundAt = performance.now();
            this.dispatchEvent(new Event('found'));
        }
        if (message.ended) this.isOver = true;
        this.dispatchEvent(new CustomEvent('message', { detail: message }));
    }

    took(bytes) {
        this.stillThere();
        const drawn = Math.min(this.redraw, bytes.length);
        this.redraw -= drawn;
        this.position += bytes.length - drawn;
        const position = this.redraw === 0 ? this.position : null;
        const connection = this.connection;
        const done = () => {
            if (position !== null && connection === this.connection) connection.tell({ shown: position });
        };
        this.dispatchEvent(new CustomEvent('output', { detail: { bytes, done } }));
    }
}

class SocketConnection {
    constructor(route, query) {
        this.socket = new WebSocket(`wss://${location.host}/api/v1/${route}?${query}`);
        this.socket.binaryType = 'arraybuffer';
    }

    hear({ bytes, message, over }) {
        let wasOpen = false;
        this.socket.onopen = () => { wasOpen = true; };
        this.socket.onmessage = ({ data }) => {
            if (typeof data === 'string') message(JSON.parse(data)); else bytes(new Uint8Array(data));
        };
        this.socket.onclose = () => over(wasOpen);
    }

    type(bytes) { if (this.socket.readyState === WebSocket.OPEN) this.socket.send(bytes); }
    tell(message) { if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message)); }
    close() { this.socket.close(); }
}

// The same over server-sent events and requests, for networks that let no WebSocket through.
class StreamConnection {
    constructor(route, query) {
        this.route = route;
        this.input = route.replace(/watch$/, 'terminals');
        this.query = query;
        this.abort = new AbortController();
        // What waits to be sent: one request is on its way at a time, and takes all there is.
        this.typed = [];
        this.told = {};
        this.isSending = false;
    }

    hear({ bytes, message, over }) {
        let wasOpen = false;
        this.message = message;
        this.over = () => {
            this.over = () => {};
            this.abort.abort();
            over(wasOpen);
        };
        this.read((event, data) => {
            wasOpen = true;
            if (event === 'output') bytes(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)));
            else message(JSON.parse(data));
        }).catch(() => {}).then(() => this.over());
    }

    async read(hear) {
        const events = await stream('POST', `${this.route}/stream?${this.query}`, this.abort.signal);
        let rest = '';
        for (const reader = events.getReader(); ;) {
            const { value, done } = await reader.read();
            if (done) return;
            const parts = (rest + value).split('\n\n');
            rest = parts.pop();
            for (const part of parts) {
                const fields = Object.fromEntries(part.split('\n').map((line) => line.split(/: (.*)/s, 2)));
                if (fields.data !== undefined) hear(fields.event, fields.data);
            }
        }
    }

    type(bytes, at) {
        this.typed.push([bytes, at]);
        this.send();
    }

    tell(message) {
        Object.assign(this.told, message);
        this.send();
    }

    // Keys first: they are what somebody waits for.
    async send() {
        if (this.isSending) return;
        this.isSending = true;
        const place = { client: this.query.get('client'), terminal: this.query.get('terminal') };
        try {
            for (;;) {
                const [name] = Object.keys(this.told);
                if (this.typed.length) {
                    const [first, at] = this.typed[0];
                    let size = first.length;
                    let count = 1;
                    while (count < this.typed.length && size + this.typed[count][0].length <= 4 * pieceSize) size += this.typed[count++][0].length;
                    const bytes = new Uint8Array(await new Blob(this.typed.splice(0, count).map(([piece]) => piece)).arrayBuffer());
                    this.message(await call('POST', `${this.input}/input?${new URLSearchParams({ ...place, at })}`, bytes));
                } else if (name) {
                    const message = { [name]: this.told[name] };
                    delete this.told[name];
                    await call('POST', `${this.input}/state?${new URLSearchParams(place)}`, message);
                } else break;
            }
        } catch {
            this.over();
        }
        this.isSending = false;
    }

    close() { this.abort.abort(); }
}
