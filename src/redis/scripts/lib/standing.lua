local SEPARATOR = '\31'

-- The server's time in milliseconds since 1970.
local function serverNow()
  local time = redis.call('TIME')
  return time[1] .. string.sub(string.format('%06d', time[2]), 1, 3)
end

-- The named fields of a hash, joined; nil where there is no such hash, '!' where the key holds something else.
local function joinedFields(key, names)
  local values = redis.pcall('HMGET', key, unpack(names))
  if values.err then return '!' end
  local found = false
  for i = 1, #names do
    if values[i] then found = true else values[i] = '' end
  end
  if not found then return nil end
  return table.concat(values, SEPARATOR)
end

-- How many other browsers, still counted as signed in at `now`, signed in after the session of that number.
local function newerBrowsers(key, number, browser, now)
  local flat = redis.call('HGETALL', key)
  local seen, count = {}, 0
  for i = 1, #flat, 2 do
    if string.sub(flat[i], 1, 2) == 's:' then
      local n, kind, b, until_ = string.match(flat[i + 1], '^(%d+) (%a+) (%S+) (%d+)$')
      if n and kind == 'browser' and b ~= browser and not seen[b]
        and tonumber(n) > number and tonumber(until_) > now then
        seen[b] = true
        count = count + 1
      end
    end
  end
  return count
end

local STANDING_FIELDS = { 'floor', 'floorReason', 'floorAt', 'spared', 'evicted', 'latest' }

-- What the user's key says of the session of that number: its facts and the number of newer browsers, joined.
local function standingOf(key, number, browser, now)
  local facts = redis.pcall('HMGET', key, unpack(STANDING_FIELDS))
  if facts.err then return '!' end
  if not facts[6] then return nil end
  for i = 1, 6 do
    if not facts[i] then facts[i] = '' end
  end
  local newer = 0
  if number and number < (tonumber(facts[6]) or 0) then newer = newerBrowsers(key, number, browser, now) end
  facts[7] = tostring(newer)
  return table.concat(facts, SEPARATOR)
end

-- { stamp, version, settings } when the stamp is not the one the caller knows, else nothing.
local function changedSettings(key, knownStamp)
  local stamp = redis.pcall('HGET', key, 'stamp')
  if type(stamp) == 'table' then return { '!' } end
  if (stamp or '') == knownStamp then return nil end
  if not stamp then return { '' } end
  local fields = redis.call('HMGET', key, 'version', 'settings')
  return { stamp, fields[1] or '', fields[2] or '' }
end
