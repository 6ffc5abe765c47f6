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

// A button that plays on from a second.
function jump(at) {
    const button = document.createElement('button');
    button.textContent = clock(at);
    button.addEventListener('click', () => player.seek(at));
    return button;
}

function item(...nodes) {
    const made = document.createElement('li');
    made.append(...nodes);
    return made;
}

async function play({ machine, name }) {
    const path = `sessions/${session}/recordings/${machine}/${name}`;
    looked = path;
    player?.dispose();
    find('player').replaceChildren();
    player = AsciinemaPlayer.create(`/api/v1/${path}/cast`, find('player'), {
        // Its time is the recording's: marks, commands and lines lead to seconds of that.
        fit: 'width', preload: true,
    });
    for (const id of ['markers', 'commands', 'words']) find(id).hidden = true;
    find('stage').hidden = false;
    const found = await Promise.allSettled([
        lines(`${path}/cast`, '*/*'), lines(`${path}/transcript`, 'application/x-ndjson'), call('GET', `${path}/commands`),
    ]);
    if (looked !== path) return;
    // What could not be had keeps back nothing else.
    for (const { reason } of found) if (reason) show(reason);
    const [events, text, ran] = found.map(({ value }, index) => value ?? (index < 2 ? [] : { commands: [], isCut: false }));
    const marks = events.slice(1).filter(([, kind]) => kind === 'm');
    find('markers').hidden = marks.length === 0;
    find('marklist').replaceChildren(...marks.map(([at, , label]) => item(jump(at), label)));
    list(ran);
    find('download').href = `/api/v1/${path}/transcript`;
    find('download').download = `${session}-${machine}-${name}.txt`;
    const search = () => transcribe(text.filter((line) => line.text.trim()), find('find').value);
    find('find').oninput = search;
    find('words').hidden = false;
    search();
}

function list({ commands, isCut }) {
    find('commands').hidden = commands.length === 0;
    find('rest').hidden = !isCut && commands.length <= most;
    find('commandlist').replaceChildren(...commands.slice(0, most).map(({ at, text, isCut: isShort, seconds, status }) => {
        const code = document.createElement('code');
        code.className = 'grow';
        code.textContent = isShort ? `${text} …` : text;
        const end = document.createElement('span');
        end.className = 'soft small';
        if (status !== undefined) end.textContent = `status ${status}, ${seconds.toFixed(1)} s`;
        return item(jump(at), code, end);
    }));
}

function transcribe(text, wanted) {
    const needle = wanted.toLowerCase();
    const hits = needle ? text.filter((line) => line.text.toLowerCase().includes(needle)) : text;
    find('found').textContent = needle ? `${hits.length} of ${text.length} lines` : `${text.length} lines`;
    find('transcript').replaceChildren(...hits.slice(0, most).flatMap((line) => [jump(line.at), ` ${line.text}\n`]));
}

try {
    const { recordings } = await call('GET', `sessions/${session}/recordings`);
    find('none').hidden = recordings.length > 0;
    for (const recording of recordings) {
        const label = document.createElement('span');
        label.className = 'grow';
        label.textContent = `${recording.machine}, terminal ${recording.name} · ${recording.state}`;
        const button = document.createElement('button');
        button.textContent = 'Play';
        button.addEventListener('click', () => play(recording).catch(show));
        const row = item(label, button);
        row.className = 'card';
        find('recordings').append(row);
    }
    if (recordings.length) await play(recordings[0]);
} catch (error) {
    show(error);
}
