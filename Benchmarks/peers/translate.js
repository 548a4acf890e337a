// The translation of Blackbox Cloud's answers into the task that Taskgate answers with, in njs.
// It is written as one would write it for use: every key is there, every word is known, and mistakes are answered.

const provider = 'blackbox-cloud';
const prefix = '/tasks/' + provider + ':';

const statuses = {
    pending: 'queued',
    processing: 'running', saving: 'running', running: 'running', in_progress: 'running',
    completed: 'completed',
    error: 'failed', failed: 'failed', timeout: 'failed',
    stopped: 'cancelled', cancelled: 'cancelled'
};

function text(value) {
    if (value === null || value === undefined || value === '') { return null; }
    return typeof value === 'string' ? value : JSON.stringify(value);
}

function time(value) {
    if (typeof value !== 'string') { return null; }
    const milliseconds = Date.parse(value);
    return isNaN(milliseconds) ? null : new Date(milliseconds).toISOString();
}

function progress(value) {
    const number = typeof value === 'string' ? parseFloat(value) : value;
    if (typeof number !== 'number' || isNaN(number) || number < 0) { return null; }
    return number > 100 ? 100 : number;
}

function duration(value) {
    const number = typeof value === 'string' ? parseFloat(value) : value;
    return typeof number === 'number' && !isNaN(number) ? number : null;
}

function task(id, answer, message, cancel) {
    const word = String(answer.status).trim().toLowerCase();
    const status = statuses[word] || 'unknown';
    const done = status === 'completed' || status === 'failed' || status === 'cancelled';
    const words = text(answer.error);
    return {
        id: id,
        provider: provider,
        status: status,
        done: done,
        reason: word === 'timeout' ? 'timeout' : null,
        provider_status: answer.status,
        progress: progress(answer.progress),
        title: null,
        message: message !== null ? message : status === 'cancelled' ? words : null,
        error: status === 'failed' && words !== null ? { message: words, code: null } : null,
        created_at: time(answer.createdAt),
        started_at: null,
        updated_at: time(answer.updatedAt),
        finished_at: time(answer.completedAt),
        duration_seconds: duration(answer.duration),
        cancel: cancel,
        observed_at: new Date().toISOString(),
        poll_after_seconds: done ? null : 2
    };
}

function fail(r, status, code, detail) {
    r.headersOut['Content-Type'] = 'application/problem+json';
    r.return(status, JSON.stringify({ type: '/problems/' + code, status: status, code: code, detail: detail }));
}

// Whether an answer was one to go on with; otherwise the caller was told.
function accepted(r, reply) {
    if (reply.status >= 200 && reply.status < 300) { return true; }
    if (reply.status === 401 || reply.status === 403) {
        fail(r, 502, 'provider_auth_failed', 'The provider refused the key.');
    } else if (reply.status === 404) {
        fail(r, 404, 'task_not_found', 'The provider does not know the task.');
    } else {
        fail(r, 502, 'provider_error', 'The provider answered with ' + reply.status + '.');
    }
    return false;
}

function parsed(bytes) {
    try {
        return JSON.parse(bytes);
    } catch (error) {
        return null;
    }
}

function reply(r, document) {
    r.headersOut['Content-Type'] = 'application/json';
    r.headersOut['Cache-Control'] = 'private, no-cache';
    r.return(200, JSON.stringify(document));
}

async function status(r) {
    if (r.method !== 'GET') { return fail(r, 405, 'method_not_allowed', 'A task is read with GET.'); }
    const native = r.uri.slice(prefix.length);
    const answer = await r.subrequest('/api/tasks/' + native + '/status');
    if (!accepted(r, answer)) { return; }
    const body = parsed(answer.responseText);
    if (body === null || typeof body.status !== 'string') {
        return fail(r, 502, 'provider_bad_response', 'The answer of the provider cannot be read.');
    }
    reply(r, task(provider + ':' + native, body, null, null));
}

async function cancel(r) {
    if (r.method !== 'POST') { return fail(r, 405, 'method_not_allowed', 'A task is cancelled with POST.'); }
    const native = r.uri.slice(prefix.length, -'/cancel'.length);
    const asked = new Date().toISOString();
    const answer = await r.subrequest('/api/tasks/' + native, { method: 'PATCH', body: '{"action":"stop"}' });
    if (!accepted(r, answer)) { return; }
    const body = parsed(answer.responseText);
    if (body === null || !body.task || typeof body.task.status !== 'string') {
        return fail(r, 502, 'provider_bad_response', 'The answer of the provider cannot be read.');
    }
    const shown = task(provider + ':' + native, body.task, text(body.task.error) || text(body.message), null);
    shown.cancel = {
        state: shown.status === 'cancelled' ? 'confirmed' : 'accepted',
        requested_at: asked,
        requested_by: null,
        reason: null,
        attempts: 1,
        confirmed_at: shown.status === 'cancelled' ? shown.observed_at : null
    };
    reply(r, shown);
}

export default { status, cancel };
