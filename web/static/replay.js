// Plays recordings, lists what was marked in them, and shows and searches what was shown as text.
import './style-nonce.js';
import { call, show } from './api.js';

const { session } = document.body.dataset;
const find = (id) => document.getElementById(id);
let player = null;

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

// Without the sequences that move the cursor and colour the text.
const plain = (text) => text
    .replace(/\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '')
    .replace(/\x1b[PX^_][\s\S]*?\x1b\\/g, '')
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\x1b[ -/]*[0-~]/g, '')
    .replace(/[^\n\x20-\u{10ffff}]/gu, '');

async function play(path) {
    const url = `/api/v1/${path}`;
    const response = await fetch(url, { credentials: 'same-origin' });
    if (!response.ok) throw new Error(`the recording cannot be had (${response.status})`);
    const events = (await response.text()).split('\n').slice(1).filter(Boolean).map((line) => JSON.parse(line));
    player?.dispose();
    find('player').replaceChildren();
    player = AsciinemaPlayer.create(url, find('player'), { fit: 'width', preload: true, idleTimeLimit: 3 });
    find('stage').hidden = false;

    const marks = events.filter(([, kind]) => kind === 'm');
    find('markers').hidden = marks.length === 0;
    find('marklist').replaceChildren(...marks.map(([at, , label]) => {
        const item = document.createElement('li');
        const button = document.createElement('button');
        button.textContent = clock(at);
        button.addEventListener('click', () => player.seek(at));
        item.append(button, document.createTextNode(label));
        return item;
    }));

    const lines = [];
    let line = { at: 0, text: '' };
    for (const [at, kind, data] of events) {
        if (kind !== 'o') continue;
        for (const [index, part] of plain(data).split('\n').entries()) {
            if (index > 0) {
                lines.push(line);
                line = { at, text: '' };
            }
            line.text += part;
        }
    }
    lines.push(line);
    const search = () => transcribe(lines.filter(({ text }) => text.trim()), find('find').value);
    find('find').oninput = search;
    find('words').hidden = false;
    search();
}

function transcribe(lines, wanted) {
    const needle = wanted.toLowerCase();
    const hits = needle ? lines.filter(({ text }) => text.toLowerCase().includes(needle)) : lines;
    find('found').textContent = needle ? `${hits.length} of ${lines.length} lines` : `${lines.length} lines`;
    find('transcript').replaceChildren(...hits.slice(0, 5000).flatMap(({ at, text }) => {
        const button = document.createElement('button');
        button.textContent = clock(at);
        button.addEventListener('click', () => player.seek(at));
        return [button, document.createTextNode(` ${text}\n`)];
    }));
}

try {
    const { recordings } = await call('GET', `sessions/${session}/recordings`);
    const path = ({ machine, name }) => `sessions/${session}/recordings/${machine}/${name}/cast`;
    find('none').hidden = recordings.length > 0;
    for (const recording of recordings) {
        const item = document.createElement('li');
        item.className = 'card';
        const label = document.createElement('span');
        label.className = 'grow';
        label.textContent = `${recording.machine}, terminal ${recording.name} · ${recording.state}`;
        const button = document.createElement('button');
        button.textContent = 'Play';
        button.addEventListener('click', () => play(path(recording)).catch(show));
        item.append(label, button);
        find('recordings').append(item);
    }
    if (recordings.length) await play(path(recordings[0]));
} catch (error) {
    show(error);
}
