-- One of the thousand keys that run.sh stored.
local headers = { ["Content-Type"] = "application/json" }
local count = 0

request = function()
  count = count % 1000 + 1
  return wrk.format("POST", "/kv", headers, '{"key":"key ' .. count .. '"}')
end
