// Plays recordings, lists what was marked in them and what was run, and shows and searches what was shown as text.
import './style-nonce.js';
import { call, lines, show } from './api.js';

const { session } = document.body.dataset;
const find = (id) => document.getElementById(id);
let player = null;
// Which recording is looked at: what was asked for of another one comes too late.
let looked = null;
// A page shows so many commands or lines; the file has all.
const most = 5000;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

// A button that leads to a second of the recording.
function jump(at) {
    const button = document.createElement('button');
    button.textContent = clock(at);
    button.addEventListener('click', () => {
        player?.seek(at);
        find('stage').scrollIntoView({ block: 'nearest' });
    });
    return button;
}

function item(...nodes) {
    const made = document.createElement('li');
    made.append(...nodes);
    return made;
}

async function play({ machine, name, state }) {
    const path = `sessions/${session}/recordings/${machine}/${name}`;
    looked = path;
    player?.dispose();
    player = null;
    for (const id of ['error', 'stage', 'side', 'markers', 'commands', 'words']) find(id).hidden = true;
    find('reading').hidden = false;
    // Each is shown when it is there, and what cannot be had keeps back nothing else.
    const here = (work) => (found) => { if (looked === path) work(found); };
    const part = (asked, draw) => asked.then(here(draw), here(show));
    await Promise.all([
        part(lines(`${path}/cast${state === 'sealed' ? '.gz' : ''}`, '*/*'), stage)
            .then(here(() => { find('reading').hidden = true; })),
        part(call('GET', `${path}/commands`), list),
        part(lines(`${path}/transcript`, 'application/x-ndjson'), (text) => {
            find('download').href = `/api/v1/${path}/transcript`;
            find('download').download = `${session}-${machine}-${name}.txt`;
            const shown = text.filter((line) => line.text.trim());
            const search = () => transcribe(shown, find('find').value);
            find('find').oninput = search;
            find('words').hidden = false;
            search();
        }),
    ]);
}

// Shows the player and the marks.
function stage(cast) {
    find('stage').hidden = false;
    // Before it is played the screen is as somebody found it, not black.
    const [, ...events] = cast;
    const first = events.find(([, kind]) => kind === 'o')?.[0] ?? 0;
    player = AsciinemaPlayer.create({ data: cast }, find('player'), {
        // Its time is the recording's: marks, commands and lines lead to seconds of that.
        fit: 'both', controls: true, preload: true, poster: `npt:${clock(Math.min(first + 2, events.at(-1)?.[0] ?? 0))}`,
    });
    const marks = events.filter(([, kind]) => kind === 'm');
    beside('markers', 'marklist', marks.map(([at, , label]) => item(jump(at), label)));
}

function list({ commands, isCut }) {
    find('rest').hidden = !isCut && commands.length <= most;
    beside('commands', 'commandlist', commands.slice(0, most).map(({ at, text, isCut: isShort, seconds, status }) => {
        const code = document.createElement('code');
        code.className = 'grow';
        code.textContent = isShort ? `${text} …` : text;
        const end = document.createElement('span');
        end.className = 'soft small';
        if (status !== undefined) end.textContent = `status ${status}, ${seconds.toFixed(1)} s`;
        return item(jump(at), code, end);
    }));
}

// Shows a list beside the player, unless there is nothing in it.
function beside(section, place, items) {
    find(place).replaceChildren(...items);
    find(section).hidden = items.length === 0;
    if (items.length) find('side').hidden = false;
}

function transcribe(text, wanted) {
    const needle = wanted.toLowerCase();
    const hits = needle ? text.filter((line) => line.text.toLowerCase().includes(needle)) : text;
    find('found').textContent = needle ? `${hits.length} of ${text.length} lines` : `${text.length} lines`;
    find('transcript').replaceChildren(...hits.slice(0, most).flatMap((line) => [jump(line.at), ` ${line.text}\n`]));
}

// Lists what there is; returns the first one's button.
function choices(recordings) {
    const buttons = recordings.map((recording) => {
        const button = document.createElement('button');
        const [terminal, part] = recording.name.split('.');
        const called = terminal === 'console' ? terminal : `shell ${Number(terminal) + 1}`;
        button.textContent = `${recording.machine}, ${called}${part ? `, part ${part}` : ''} · ${recording.state}`;
        button.addEventListener('click', () => {
            for (const other of buttons) other.setAttribute('aria-pressed', other === button);
            play(recording);
        });
        return button;
    });
    find('recordings').replaceChildren(...buttons.map((button) => item(button)));
    return buttons[0];
}

try {
    const { recordings } = await call('GET', `sessions/${session}/recordings`);
    find('none').hidden = recordings.length > 0;
    choices(recordings)?.click();
} catch (error) {
    show(error);
}
