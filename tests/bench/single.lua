-- One Everlytic SMS webhook per request, each with its own message id.
local thread_number = 0

function setup(thread)
  thread:set("number", thread_number)
  thread_number = thread_number + 1
end

-- Made by hand: wrk.format() would cost as much as the request that is measured.
function init(args)
  count = tonumber(args[1]) * 100000000 + number * 10000000
  local head = '{"id":"3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e01","type":"delivered","timestamp":"2024-09-03T11:02:09+02:00",'
    .. '"data":{"transaction":{"id":1'
  local tail = ',"custom_id":"order-5512","campaign":{"name":"OTP / live"},'
    .. '"sent_timestamp":"2024-09-03T11:02:01+02:00","recipient":{"mobile_number":"27820000001"}}},"padding":"'
    .. '0123456789012345678901234567890123456789012345678901234567890123456789"}'
  local length = #head + 12 + #tail
  before = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: "
    .. args[2] .. "\r\nContent-Length: " .. length .. "\r\n\r\n" .. head
  after = tail
end

function request()
  count = count + 1
  return before .. string.format("%012d", count) .. after
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %.1f %.3f %.3f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, summary.requests))
end
