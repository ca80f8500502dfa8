-- A new key for every write, and a value of about 90 bytes.
local run = tostring(os.time()) .. "-" .. tostring(os.clock()):gsub("%.", "") .. "-"
local value = string.rep("v", 90)
local count = 0
local headers = { ["Content-Type"] = "application/json" }

request = function()
  count = count + 1
  return wrk.format("PUT", "/kv", headers, '{"key":"' .. run .. count .. '","value":"' .. value .. '"}')
end
