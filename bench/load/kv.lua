-- Requests to /kv, of the server and of its ceiling: wrk … -s kv.lua ADDRESS -- MODE KEYS BYTES [RATE CONNECTIONS]
--   read    one of KEYS stored keys          write   a new key, with a value of BYTES
--           (wrk sends the first one twice, so they are counted from the second on)
--   mix     nine reads to a write            fill    the keys that the other modes read, each once, then ends
--   expire  like fill, with entries that all expire at the time BYTES (Unix, in seconds)
-- BENCH_FORM is how values travel: text (the default) or base64 in JSON, or bytes (a form, and a get of application/octet-stream).
-- With RATE and CONNECTIONS the requests come at about this rate per second, at random times.
local form = os.getenv("BENCH_FORM") or "text"
local headers = { ["Content-Type"] = "application/json", ["Accept"] = form == "bytes" and "application/octet-stream" or nil }
local form_headers = { ["Content-Type"] = "multipart/form-data; boundary=b" }
local ending = { "", "vQ==", "vvQ=" } -- of base64, for the bytes after the last group of three
local mode, keys, bytes, pause, value
local run = os.time() .. "-" .. tostring({}):match("0x%x+") .. "-" -- differs between processes that start at the same time
local count, answered = 0, 0
local enough = tonumber(os.getenv("BENCH_COUNTS")) -- A fill ends after this number of answers more than keys.

function init(args)
  mode, keys, bytes = args[1], tonumber(args[2]), tonumber(args[3])
  value = mode == "expire" and "v" or form == "base64" and string.rep("vvvv", math.floor(bytes / 3)) .. ending[bytes % 3 + 1] or string.rep("v", bytes)
  if args[4] then pause = 1000 * tonumber(args[5]) / tonumber(args[4]) end
  math.randomseed(os.time())
end

local function read()
  return wrk.format("POST", "/kv", headers, '{"key":"key ' .. math.random(keys) .. '"}')
end

local function field(name, content)
  return '--b\r\nContent-Disposition: form-data; name="' .. name .. '"\r\n\r\n' .. content .. "\r\n"
end

local function put_form(key, overwrite)
  return wrk.format("PUT", "/kv", form_headers, field("key", key) .. field("overwrite", overwrite) .. field('value"; filename="f', value) .. "--b--\r\n")
end

local function put(key, more)
  if form == "bytes" then return put_form(key, more and "true" or "false") end
  if form == "base64" then more = ',"encoding":"base64"' .. (more or "") end
  return wrk.format("PUT", "/kv", headers, '{"key":"' .. key .. '","value":"' .. value .. '"' .. (more or "") .. "}")
end

function request()
  count = count + 1
  if mode == "fill" then return put("key " .. count - 1, ',"overwrite":true') end
  if mode == "expire" then return put(run .. count, ',"ttl":' .. math.max(1, bytes - os.time())) end
  if mode == "read" or (mode == "mix" and count % 10 ~= 0) then return read() end
  return put(run .. count)
end

function delay()
  return pause and math.random(0, math.floor(2 * pause)) or 0
end

function response()
  answered = answered + 1
  if (mode == "fill" or mode == "expire") and answered >= keys + enough then os.exit(0) end
end

-- wrk calls this function for each response if it exists, which costs time. So it exists only if needed.
if not enough then response = nil end
if not os.getenv("BENCH_PACED") then delay = nil end
