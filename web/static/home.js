import { call, show } from './api.js';

const signOut = document.getElementById('sign-out');
signOut.disabled = false;
signOut.addEventListener('click', async () => {
    try {
        await call('DELETE', 'sign-in');
        location.assign('/sign-in');
    } catch (error) {
        show(error);
    }
});

for (const button of document.querySelectorAll('[data-start]')) {
    // The same for every attempt of this click, so that none of them starts a second machine.
    let key = crypto.randomUUID();
    button.disabled = false;
    button.addEventListener('click', async () => {
        button.disabled = true;
        try {
            const session = await call('POST', 'sessions', { lab: button.dataset.start }, { 'idempotency-key': key });
            location.assign(`/sessions/${session.id}`);
        } catch (error) {
            show(error);
            if (error.status) key = crypto.randomUUID();
        } finally {
            button.disabled = false;
        }
    });
}
