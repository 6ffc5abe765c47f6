// Speaks with the service as the person who is signed in here.

const token = document.querySelector('meta[name="csrf-token"]')?.content;

// What the service has refused: its own words, as a sentence.
export class Refusal extends Error {
    constructor(problem) {
        const detail = problem.detail ?? 'the service does not answer as it should';
        super(detail.charAt(0).toUpperCase() + detail.slice(1));
        this.status = problem.status;
        this.code = problem.code;
    }
}

export async function call(method, path, body, headers = {}) {
    const isBytes = body instanceof Uint8Array;
    const response = await fetch(`/api/v1/${path}`, {
        method,
        credentials: 'same-origin',
        headers: {
            ...(body === undefined || isBytes ? {} : { 'content-type': 'application/json' }),
            ...(token ? { 'x-csrf-token': token } : {}),
            ...headers,
        },
        body: body === undefined ? undefined : isBytes ? body : JSON.stringify(body),
    });
    if (response.ok) return response.status === 204 ? undefined : response.json();
    throw await refusal(response);
}

// What an answer says that is no success.
async function refusal(response) {
    let problem = { status: response.status };
    try { problem = await response.json(); } catch { /* Whatever answered was not the service. */ }
    return new Refusal(problem);
}

// The values of an answer that has one on each line. Of what is still being written the last one may be torn: it is left out.
export async function lines(path, accept) {
    const response = await fetch(`/api/v1/${path}`, { credentials: 'same-origin', headers: { accept } });
    if (!response.ok) throw await refusal(response);
    const isPacked = path.endsWith('.gz');
    const body = isPacked ? response.body.pipeThrough(new DecompressionStream('gzip')) : response.body;
    const text = await new Response(body).text();
    return text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// A long answer, as text that comes piece by piece.
export async function stream(method, path, signal) {
    const headers = token ? { 'x-csrf-token': token } : {};
    const response = await fetch(`/api/v1/${path}`, { method, credentials: 'same-origin', headers, signal });
    if (!response.ok) throw new Refusal({ status: response.status });
    return response.body.pipeThrough(new TextDecoderStream());
}

// Shows what went wrong where the page has a place for it.
export function show(error) {
    const place = document.getElementById('error');
    place.textContent = error instanceof Refusal ? error.message : 'The service cannot be reached. Try again in a moment.';
    place.hidden = false;
}
