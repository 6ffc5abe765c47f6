// The keys that open a session by SSH, and what to type.
import { call, Refusal } from './api.js';

const { session } = document.body.dataset;
const find = (id) => document.getElementById(id);
const [dialog, list, field, problem] = ['keys-dialog', 'ssh-keys', 'ssh-key', 'ssh-error'].map(find);

function say(error) {
    problem.hidden = !error;
    problem.textContent = error instanceof Refusal ? error.message : error ? 'The service cannot be reached. Try again in a moment.' : '';
}

// Does something with keys, then shows what there is.
async function after(work) {
    try {
        await work?.();
        say(null);
        render(await call('GET', `sessions/${session}/keys`));
    } catch (error) {
        say(error);
        // Perhaps the service takes SSH: whoever asks again is told.
        find('ssh').hidden = false;
    }
    // The button that was pressed may be gone.
    if (dialog.open && !dialog.contains(document.activeElement)) field.focus();
}

function render({ keys, ssh }) {
    find('ssh').hidden = !ssh;
    find('ssh-known').hidden = !ssh;
    if (!ssh) return dialog.close();
    find('ssh-command').textContent = ssh.command;
    find('ssh-host-keys').textContent = ssh.hostKeys.map(({ type, fingerprint }) => `${type} ${fingerprint}`).join(' or ');
    list.replaceChildren(...keys.map(({ fingerprint, type }) => {
        const item = document.createElement('li');
        const name = document.createElement('code');
        name.textContent = fingerprint;
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = 'Remove';
        button.setAttribute('aria-label', `Remove the key ${fingerprint}`);
        const path = fingerprint.replaceAll('+', '-').replaceAll('/', '_');
        button.addEventListener('click', () => after(() => call('DELETE', `sessions/${session}/keys/${path}`)));
        item.append(name, ` ${type} `, button);
        return item;
    }));
}

if (dialog) {
    find('ssh').addEventListener('click', () => { dialog.showModal(); after(); });
    find('ssh-close').addEventListener('click', () => dialog.close());
    find('ssh-form').addEventListener('submit', (event) => {
        event.preventDefault();
        after(async () => {
            await call('POST', `sessions/${session}/keys`, { key: field.value });
            field.value = '';
        });
    });
    after();
}
