// The page of a session: its terminals, the time that is left, and who is there.
import { Refusal, call } from './api.js';
import { Pane, settings } from './pane.js';

const { session, person, role, state } = document.body.dataset;
const isWatching = role === 'watcher';
const find = (id) => document.getElementById(id);
const [stage, cover, tabs, time] = ['stage', 'cover', 'tabs', 'time'].map(find);

const panes = new Map();
let current = null;
let isEntered = false;
let isOver = false;

// MARK: Time

let end = null;
let announced = null;

function setTime(seconds) { end = performance.now() + seconds * 1000; tick(); }

function tick() {
    if (end === null || isOver) return;
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    const parts = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const text = (parts[0] ? parts : parts.slice(1)).map((part, index) => String(part).padStart(index ? 2 : 1, '0')).join(':');
    if (time.textContent !== `${text} left`) time.textContent = `${text} left`;
    time.classList.toggle('late', left < 300);
    const step = [60, 300].find((limit) => left <= limit);
    if (step && step !== announced) {
        announced = step;
        find('warning').textContent = left <= 60 ? 'less than a minute left' : 'less than five minutes left';
    }
}

setInterval(tick, 1000);

// MARK: What the service says

function onMessage(message) {
    if (message.remainingSeconds !== undefined) setTime(message.remainingSeconds);
    if (message.presence) showPresence(message.presence);
    if (message.ended) finish(message.ended);
}

let shownPresence = '';

// Those who are here are told by opaque ids; what they are called is asked for.
async function showPresence({ watchers, drivers }) {
    const key = JSON.stringify([watchers, drivers]);
    if (key === shownPresence) return;
    shownPresence = key;
    const others = { driver: drivers, watcher: watchers };
    let names = {};
    if ([...drivers, ...watchers].some((one) => one !== person)) {
        try {
            const { visitors } = await call('GET', `sessions/${session}/visitors`);
            names = Object.fromEntries(visitors.map(({ person: id, name }) => [id, name]));
        } catch { /* They are told of without their names. */ }
    }
    if (key !== shownPresence) return;
    const parts = [];
    const too = isWatching ? '' : ' too';
    for (const [part, one, many] of [['driver', `types here${too}`, `type here${too}`], ['watcher', 'watches', 'watch']]) {
        const called = others[part].filter((id) => id !== person).map((id) => names[id] ?? 'somebody');
        if (called.length) parts.push(`${called.slice(0, 3).join(', ')}${called.length > 3 ? ` and ${called.length - 3} more` : ''} ${called.length > 1 ? many : one}`);
    }
    find('presence').textContent = parts.join('; ');
}

const reasons = {
    expired: 'The time is over.', idle: 'Nobody typed for a while, so the session has ended.', submitted: 'Submitted.',
    stopped: 'The session was ended.', guestPoweredOff: 'The machine switched itself off.', guestCrashed: 'The machine crashed.',
    neverEntered: 'Nobody entered in time.',
};

function close(text, ...links) {
    isOver = true;
    for (const pane of panes.values()) pane.link.close();
    for (const id of ['end', 'take-over', 'ssh', 'more', 'less', 'keys']) if (find(id)) find(id).hidden = true;
    time.textContent = '';
    cover.replaceChildren(text, ...links.flatMap(([href, label]) => {
        const link = document.createElement('a');
        link.href = href;
        link.textContent = label;
        return [link];
    }));
    cover.hidden = false;
    cover.querySelector('a').focus();
}

function finish(reason) {
    close(reasons[reason] ?? 'The session has failed.', ['/', 'Back to the labs'], [`/sessions/${session}/replay`, 'Recordings']);
}

// The service does not know this session, or who asks.
function shutOut(status) {
    if (status === 401) close('You are signed out.', [`/sign-in?next=${location.pathname}`, 'Sign in']);
    else close('This session is not yours any more.', ['/', 'Back to the labs']);
}

const isShutOut = (error) => error instanceof Refusal && [401, 404].includes(error.status);

const over = ['finishing', 'ended', 'tornDown'];
let isAsking = false;

// Coming back to a terminal did not succeed: perhaps there is none any more, or one is signed out.
async function askWhy() {
    if (isOver || isAsking) return;
    isAsking = true;
    try {
        const now = await call('GET', `sessions/${session}`);
        if (over.includes(now.state)) finish(now.reason ?? 'stopped');
        else for (const pane of panes.values()) pane.link.isReachable();
    } catch (error) {
        // Otherwise the next attempt tells.
        if (isShutOut(error)) shutOut(error.status);
    }
    isAsking = false;
}

function updateCover() {
    if (isOver) return;
    const isLost = current !== null && panes.get(current).element.classList.contains('lost');
    cover.hidden = !isLost && current !== null;
    if (current === null) cover.textContent = 'No terminal is open. Your machine keeps running, and the clock too; + opens one.';
    if (isLost) cover.textContent = 'Reconnecting… your machine keeps running, and the clock too.';
}

// MARK: Terminals

const most = 16;
const noRoom = `A machine has no more than ${most} terminals; close one first.`;

async function openTerminal(number) {
    const name = String(number);
    if (panes.has(name)) return select(name);
    const tab = document.createElement('button');
    tab.id = `tab-${name}`;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', `screen-${name}`);
    tab.textContent = `Shell ${number + 1}`;
    tab.addEventListener('click', () => select(name));
    tabs.append(tab);
    const pane = new Pane(session, name, stage, {
        isWatching,
        onMessage,
        onLeave: () => find('keys').querySelector('button')?.focus(),
        onLost: updateCover,
        onFound: updateCover,
        onFailed: askWhy,
    });
    panes.set(name, pane);
    select(name);
    await pane.open();
    keep();
}

function keep() { sessionStorage.setItem(`terminals ${session}`, JSON.stringify([...panes.keys()])); }

// Puts a terminal away. Its shell and what runs there go on, and are there again when it is opened.
function closeTerminal(name) {
    const names = [...panes.keys()];
    const next = names[names.indexOf(name) + 1] ?? names[names.indexOf(name) - 1] ?? null;
    if (find('warning').textContent === noRoom) find('warning').textContent = '';
    panes.get(name).close();
    panes.delete(name);
    find(`tab-${name}`).remove();
    keep();
    select(next);
    if (next === null) find('more').focus();
}

function select(name) {
    current = name;
    find('less').hidden = name === null;
    if (name !== null) find('less').setAttribute('aria-label', `Close ${find(`tab-${name}`).textContent}`);
    for (const [other, pane] of panes) {
        const isShown = other === name;
        find(`tab-${other}`).setAttribute('aria-selected', isShown);
        find(`tab-${other}`).tabIndex = isShown ? 0 : -1;
        pane.show(isShown);
    }
    updateCover();
}

tabs.addEventListener('keydown', (event) => {
    if (event.key === 'Delete') {
        closeTerminal(current);
        if (current !== null) find(`tab-${current}`).focus();
        return;
    }
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = [...panes.keys()];
    const next = names[(names.indexOf(current) + step + names.length) % names.length];
    select(next);
    find(`tab-${next}`).focus();
});

find('more').addEventListener('click', () => {
    if (panes.size < most) return openTerminal([...Array(most).keys()].find((number) => !panes.has(String(number))));
    find('warning').textContent = noRoom;
});
find('less').addEventListener('click', () => closeTerminal(current));

// From wherever F6 does not leave the terminal it leads there.
addEventListener('keydown', (event) => {
    if (event.key !== 'F6' || event.defaultPrevented || current === null) return;
    event.preventDefault();
    panes.get(current).terminal.focus();
});

// What a terminal would have said.
setInterval(() => { if (isEntered && current === null) askWhy(); }, 20000);

new ResizeObserver(() => { if (current !== null) panes.get(current).layout(); }).observe(stage);

// MARK: Keys that browsers keep, or keyboards hide

const keys = [
    ['Esc', '\x1b'], ['Tab', '\t'], ['Ctrl', null], ['Ctrl+C', '\x03'], ['Ctrl+W', '\x17'], ['Ctrl+T', '\x14'],
    ['Ctrl+N', '\x0e'], ['←', '\x1b[D'], ['↑', '\x1b[A'], ['↓', '\x1b[B'], ['→', '\x1b[C'], ['|', '|'], ['\\', '\\'],
    ['{', '{'], ['}', '}'], ['[', '['], [']', ']'], ['~', '~'], ['@', '@'], ['#', '#'], ['`', '`'],
];
const names = { '←': 'Left', '↑': 'Up', '↓': 'Down', '→': 'Right', '|': 'Pipe', '\\': 'Backslash', '~': 'Tilde', '`': 'Backquote' };

for (const [label, text] of isWatching ? [] : keys) {
    const button = document.createElement('button');
    button.textContent = label;
    if (names[label]) button.setAttribute('aria-label', names[label]);
    if (text === null) button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => {
        const pane = panes.get(current);
        if (!pane) return;
        if (text !== null) return pane.press(text);
        pane.isControlHeld = !pane.isControlHeld;
        button.setAttribute('aria-pressed', pane.isControlHeld);
        pane.onControlUsed = () => button.setAttribute('aria-pressed', 'false');
        pane.terminal.focus();
    });
    find('keys').append(button);
}

// MARK: How it looks

function change(name, value) {
    settings[name] = value;
    localStorage.setItem(name, value);
    for (const pane of panes.values()) pane.applySettings();
    find('contrast').setAttribute('aria-pressed', settings.contrast);
    find('reader').setAttribute('aria-pressed', settings.reader);
    stage.classList.toggle('contrast', settings.contrast);
}

find('smaller').addEventListener('click', () => change('fontSize', Math.max(9, settings.fontSize - 1)));
find('larger').addEventListener('click', () => change('fontSize', Math.min(32, settings.fontSize + 1)));
find('contrast').addEventListener('click', () => change('contrast', !settings.contrast));
find('reader').addEventListener('click', () => change('reader', !settings.reader));
find('copy').addEventListener('click', () => panes.get(current)?.copy());
find('paste').addEventListener('click', () => panes.get(current)?.paste());
change('contrast', settings.contrast);

// MARK: Coming and going

find('end')?.addEventListener('click', () => find('confirm').showModal());
find('confirm').addEventListener('close', async () => {
    if (find('confirm').returnValue !== 'end') return;
    try {
        await call('POST', `sessions/${session}/end`);
    } catch (error) {
        find('warning').textContent = error instanceof Refusal ? error.message : 'The service cannot be reached; try again.';
    }
});
find('take-over')?.addEventListener('click', () => location.assign(`/sessions/${session}?part=driver`));

addEventListener('beforeunload', (event) => {
    if (!isOver && !isWatching && isEntered) event.preventDefault();
});
// Whoever leaves by our own link knows it.
find('leave').addEventListener('click', () => { isOver = true; });

const usable = new Set(['ready', 'running', 'paused']);

async function untilUsable() {
    if (usable.has(state)) return;
    for (let pause = 500; ;) {
        try {
            const now = await call('GET', `sessions/${session}`);
            if (usable.has(now.state)) return;
            if (over.includes(now.state)) return finish(now.reason ?? 'stopped');
            pause = 500;
        } catch (error) {
            if (isShutOut(error)) return shutOut(error.status);
            pause = Math.min(pause * 2, 5000);
        }
        await new Promise((resolve) => { setTimeout(resolve, pause); });
    }
}

await untilUsable();
if (!isOver) {
    const kept = JSON.parse(sessionStorage.getItem(`terminals ${session}`) ?? '["0"]');
    for (const name of kept) await openTerminal(Number(name));
    select(kept[0] ?? null);
    isEntered = true;
}
