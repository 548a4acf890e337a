-- What wrk asks, and what it says at the end.
-- Its arguments: the request's text before and after the id, and how many ids there are (0: each request has its own).
local before, after, ids
local count = 0

function init(args)
    before, after, ids = args[1], args[2], tonumber(args[3])
    if ids == 1 then before, after = before .. string.format("%010d", 0) .. after, nil end
end

-- The whole request as it is sent: wrk.format would cost more than the server that is measured.
function request()
    if not after then return before end
    local id = ids > 0 and count % ids or count
    count = count + 1
    return before .. string.format("%010d", id) .. after
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        'RESULT {"answered": %d, "seconds": %.6f, "refused": %d, "lost": %d, "p50_us": %d, "p99_us": %d, "max_us": %d}',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99), latency.max))
end
