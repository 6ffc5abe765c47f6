// A terminal on the page: xterm.js on top of a link to the service.
import './style-nonce.js';
import { TerminalLink } from './terminal-link.js';

const themes = {
    sand: { background: '#1b1a17', foreground: '#efe9dc', cursor: '#6ec5cc', selectionBackground: '#4a5a5c' },
    contrast: { background: '#000000', foreground: '#ffffff', cursor: '#ffff00', selectionBackground: '#0050d0' },
};

export const settings = {
    fontSize: Number(localStorage.getItem('fontSize') ?? 15),
    contrast: localStorage.getItem('contrast') === 'true',
    reader: localStorage.getItem('reader') === 'true',
};

export class Pane {
    constructor(session, terminal, stage, { isWatching, onMessage, onLeave, onLost, onFound, onFailed }) {
        this.element = document.createElement('div');
        this.element.className = 'screen';
        this.element.id = `screen-${terminal}`;
        this.element.setAttribute('role', 'tabpanel');
        this.element.setAttribute('aria-labelledby', `tab-${terminal}`);
        stage.append(this.element);
        this.terminal = new Terminal({
            fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono'),
            fontSize: settings.fontSize,
            theme: settings.contrast ? themes.contrast : themes.sand,
            screenReaderMode: settings.reader,
            scrollback: 5000,
            disableStdin: isWatching,
            macOptionIsMeta: false,
        });
        this.fit = new FitAddon.FitAddon();
        this.terminal.loadAddon(this.fit);
        this.terminal.open(this.element);
        this.isControlHeld = false;
        this.link = new TerminalLink(session, terminal, { isWatching });
        this.link.addEventListener('output', ({ detail }) => this.terminal.write(detail.bytes, detail.done));
        this.link.addEventListener('message', ({ detail }) => {
            if (detail.size && isWatching) this.terminal.resize(detail.size.columns, detail.size.rows);
            onMessage(detail);
        });
        this.link.addEventListener('lost', () => { this.element.classList.add('lost'); onLost(); });
        this.link.addEventListener('found', () => { this.element.classList.remove('lost'); onFound(); });
        this.link.addEventListener('failed', onFailed);
        this.terminal.onData((text) => this.type(text));
        this.terminal.onBinary((text) => this.link.type(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
        this.terminal.onResize(({ cols, rows }) => this.link.resize({ columns: cols, rows }));
        this.terminal.attachCustomKeyEventHandler((event) => this.handles(event, onLeave));
    }

    async open() {
        this.fit.fit();
        await this.link.open({ columns: this.terminal.cols, rows: this.terminal.rows });
    }

    // F6 leaves the terminal, as it moves between the parts of a window elsewhere.
    handles(event, onLeave) {
        if (event.key === 'F6') {
            if (event.type === 'keydown') onLeave();
            event.preventDefault();
            return false;
        }
        if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
            if (event.type === 'keydown') this.copy();
            event.preventDefault();
            return false;
        }
        // The browser pastes.
        return !(event.ctrlKey && event.shiftKey && event.code === 'KeyV');
    }

    type(text) {
        if (this.isControlHeld && text.length === 1) {
            this.isControlHeld = false;
            this.onControlUsed?.();
            text = controlled(text);
        }
        this.link.type(text);
    }

    // As if the keys of a text were pressed.
    press(text) {
        this.terminal.focus();
        this.type(text);
    }

    async copy() {
        const text = this.terminal.getSelection();
        if (text) await navigator.clipboard.writeText(text);
    }

    async paste() {
        this.terminal.paste(await navigator.clipboard.readText());
        this.terminal.focus();
    }

    show(isShown) {
        this.element.hidden = !isShown;
        if (!isShown) return;
        this.layout();
        this.terminal.focus();
    }

    layout() { if (!this.element.hidden && !this.link.isWatching) this.fit.fit(); }

    applySettings() {
        this.terminal.options.fontSize = settings.fontSize;
        this.terminal.options.theme = settings.contrast ? themes.contrast : themes.sand;
        this.terminal.options.screenReaderMode = settings.reader;
        this.layout();
    }

    close() {
        this.link.close();
        this.terminal.dispose();
        this.element.remove();
    }
}

// What a key sends while Ctrl is held.
function controlled(text) {
    const code = text.toUpperCase().charCodeAt(0);
    if (text === ' ') return '\0';
    if (text === '?') return '\x7f';
    return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : text;
}
