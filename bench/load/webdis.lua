-- The same requests on Webdis, with the key in the path: wrk … -s webdis.lua ADDRESS -- MODE KEYS BYTES
local mode, keys, value
local run = tostring(os.time()) .. "-" .. tostring(os.clock()):gsub("%.", "") .. "-"
local count, answered = 0, 0
local enough = tonumber(os.getenv("BENCH_COUNTS")) -- A fill ends after this number of answers more than keys.

function init(args)
  mode, keys, value = args[1], tonumber(args[2]), string.rep("v", tonumber(args[3]))
end

function request()
  count = count + 1
  if mode == "read" then return wrk.format("GET", "/GET/key-" .. math.random(keys)) end
  return wrk.format("PUT", "/SET/" .. (mode == "fill" and "key-" or run) .. count - 1, nil, value)
end

function response()
  answered = answered + 1
  if answered >= keys + enough then os.exit(0) end
end

if not enough then response = nil end
