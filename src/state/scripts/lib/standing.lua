--@include lib/clock.lua
--@include lib/settings-stamp.lua
--@include lib/user-key.lua
local SEPARATOR = '\31'

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
local function newerBrowsers(key, floor, number, browser, now)
  local flat = redis.call('HGETALL', key)
  local seen, count = {}, 0
  for i = 1, #flat, 2 do
    if #flat[i] > 1 then
      local n, kind, b, until_ = partsOf(flat[i + 1], floor)
      if n and kind == 'browser' and b ~= browser and not seen[b] and n > number and until_ > now then
        seen[b] = true
        count = count + 1
      end
    end
  end
  return count
end

-- What the user's key says of the session of that ref, number and browser: its facts and the number of newer
-- browsers, joined. They are counted only if there may be as many as `limit`, or more; without one, never.
local function standingOf(key, ref, number, browser, now, limit)
  local facts = redis.pcall('HMGET', key, FLOOR, 'r', 't', 'p', EVICTED, LATEST)
  if facts.err then return '!' end
  if not facts[1] and redis.call('EXISTS', key) == 0 then return nil end
  local known = facts[6] and 0 or -1
  facts[6] = facts[6] or facts[1]
  for i = 1, 6 do
    if facts[i] then known = known + 1 else facts[i] = '' end
  end
  local newer = 0
  if limit and number and number < (tonumber(facts[6]) or 0) then
    local entries = redis.call('HLEN', key) - known
    if entries > limit or (entries == limit and redis.call('HEXISTS', key, ref) == 0) then
      newer = newerBrowsers(key, tonumber(facts[1]), number, browser, now)
    end
  end
  facts[7] = tostring(newer)
  return table.concat(facts, SEPARATOR)
end

-- Returns the settings' text if its stamp is not `knownStamp`, else false: {} if none are saved, '!' in case of another type.
local function changedSettings(key, knownStamp)
  local text = redis.pcall('GET', key)
  if stampOf(text) == knownStamp then return false end
  if type(text) == 'table' then return '!' end
  return text or {}
end
