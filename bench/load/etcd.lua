-- The same requests on etcd's HTTP gateway, which has keys and values in base64: wrk … -s etcd.lua ADDRESS -- MODE KEYS BYTES
local headers = { ["Content-Type"] = "application/json" }
local mode, keys, value
local run = tostring(os.time()) .. "-" .. tostring(os.clock()):gsub("%.", "") .. "-"
local count, answered = 0, 0
local enough = tonumber(os.getenv("BENCH_COUNTS")) -- A fill ends after this number of answers more than keys.

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local function base64(text)
  text = text .. string.rep(" ", -#text % 3) -- Pads to a length that needs no base64 padding.
  return (text:gsub("...", function(three)
    local a, b, c = three:byte(1, 3)
    local bits = a * 65536 + b * 256 + c
    local result = ""
    for shift = 3, 0, -1 do
      local index = math.floor(bits / 64 ^ shift) % 64 + 1
      result = result .. alphabet:sub(index, index)
    end
    return result
  end))
end

local known = {}
local function key(number)
  known[number] = known[number] or base64("key " .. number)
  return known[number]
end

function init(args)
  mode, keys, value = args[1], tonumber(args[2]), base64(string.rep("v", tonumber(args[3])))
end

local function put(name)
  return wrk.format("POST", "/v3/kv/put", headers, '{"key":"' .. name .. '","value":"' .. value .. '"}')
end

function request()
  count = count + 1
  if mode == "fill" then return put(key(count - 1)) end
  if mode == "read" then return wrk.format("POST", "/v3/kv/range", headers, '{"key":"' .. key(math.random(keys)) .. '"}') end
  return put(base64(run .. count))
end

function response()
  answered = answered + 1
  if answered >= keys + enough then os.exit(0) end
end

if not enough then response = nil end
