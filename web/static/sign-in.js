import { call, show } from './api.js';

const form = document.getElementById('sign-in');

// Until now nobody could send it to anywhere else.
form.querySelector('button').disabled = false;

form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    try {
        await call('POST', 'sign-in', { login: form.login.value, password: form.password.value });
        location.assign(form.dataset.next);
    } catch (error) {
        show(error);
        form.password.select();
    } finally {
        button.disabled = false;
    }
});
