// The secret stands behind `#`, so no server and no log has seen it; it is sent in a body.
import { call, show } from './api.js';

const secret = location.hash.slice(1);
history.replaceState(null, '', location.pathname);

const form = document.getElementById('redeem');
const heading = document.getElementById('heading');

try {
    const { purpose } = await call('POST', 'links/look', { link: secret });
    const isFirst = purpose === 'firstOperator';
    heading.textContent = isFirst ? 'Make the first operator’s account' : 'Set your password';
    document.getElementById('who').hidden = !isFirst;
    form.elements.login.required = form.elements.name.required = isFirst;
    form.hidden = false;
} catch (error) {
    heading.textContent = 'This link cannot be used';
    show(error);
}

form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
        const { login } = await call('POST', 'links/redemption', {
            link: secret,
            login: form.elements.login.value,
            name: form.elements.name.value,
            password: form.elements.password.value,
        });
        await call('POST', 'sign-in', { login, password: form.elements.password.value });
        location.assign('/');
    } catch (error) {
        show(error);
    }
});
