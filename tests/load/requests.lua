-- What wrk asks: of users drawn at random, what their pages and programs ask most. One request in
-- ten of `mixed` changes settings. Counts answers that are not what was asked for.

local users = tonumber(os.getenv("LOAD_USERS"))
local token = os.getenv("LOAD_TOKEN")
local is_mixed = os.getenv("LOAD_WHAT") == "mixed"
local headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
local reads = { "", "/settings", "/reminders", "/why" }
local asked = 0

function request()
    asked = asked + 1
    local path = string.format("/v1/users/user-%07d%%40example.org", math.random(0, users - 1))
    if is_mixed and asked % 10 == 0 then
        local body = string.format('{"limit": %d}', math.random(1, 50))
        return wrk.format("PATCH", path .. "/settings", headers, body)
    end
    return wrk.format("GET", path .. reads[asked % #reads + 1], headers)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        "answers other than 2xx and 3xx: %d, broken: %d; p50 %.2f ms, p99 %.2f ms\n",
        errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000,
        latency:percentile(99) / 1000
    ))
end
