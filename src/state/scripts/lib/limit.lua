--@include lib/user-key.lua
-- A number that these scripts have written, or nil. One digit less than numbers can have, so that the next is a number, too.
local function numberIn(key, field)
  local text = redis.call('HGET', key, field)
  return text and #text <= 15 and string.match(text, '^%d+$') and tonumber(text) or nil
end

-- All entries of a user's key, oldest first. What has a higher number than was ever given is damaged, and counts as nobody.
local function entriesOf(key)
  local flat, floor, entries = redis.call('HGETALL', key), numberIn(key, FLOOR), {}
  local latest = numberIn(key, LATEST) or floor or 0
  for i = 1, #flat, 2 do
    if #flat[i] > 1 then
      local number, kind, browser, until_ = partsOf(flat[i + 1], floor)
      if number and number <= latest then
        entries[#entries + 1] = { ref = flat[i], number = number, kind = kind, browser = browser, until_ = until_ }
      end
    end
  end
  table.sort(entries, function(a, b) return a.number < b.number end)
  return entries
end

-- The entries of sessions that have not reached their own end, oldest first; the others leave the user's key.
local function lastingEntries(key, now)
  local entries = {}
  for _, entry in ipairs(entriesOf(key)) do
    if entry.until_ > now then
      entries[#entries + 1] = entry
    else
      redis.call('HDEL', key, entry.ref)
    end
  end
  return entries
end

-- An entry as it is stored under that floor.
local function valueOf(entry, floor)
  local number = entry.number == floor and '' or string.format('%.0f', entry.number)
  local letter = entry.kind == 'browser' and '' or string.sub(entry.kind, 1, 1)
  return string.format('%s%s+%.0f%s', entry.browser, number, entry.until_ - entry.number, letter)
end

-- Drops the browser sessions beyond the newest `limit` browsers, and raises `evicted` above them, so that no
-- later sign-out can bring them back. Returns the refs that lost and the entries that stay.
local function applyLimit(key, entries, limit)
  local browsers, count, lost, kept, highest = {}, 0, {}, {}, 0
  for i = #entries, 1, -1 do
    local entry = entries[i]
    if entry.kind == 'browser' then
      if not browsers[entry.browser] and count < limit then
        browsers[entry.browser] = true
        count = count + 1
      end
      if browsers[entry.browser] then
        table.insert(kept, 1, entry)
      else
        redis.call('HDEL', key, entry.ref)
        lost[#lost + 1] = entry.ref
        if entry.number > highest then highest = entry.number end
      end
    else
      table.insert(kept, 1, entry)
    end
  end
  local evicted = numberIn(key, EVICTED)
  -- A damaged one lets nobody pass, and stays until a sign-in mends it.
  if not evicted and redis.call('HEXISTS', key, EVICTED) == 1 then return lost, kept end
  if #lost > 0 and highest + 1 > (evicted or 0) then
    redis.call('HSET', key, EVICTED, string.format('%.0f', highest + 1))
  end
  return lost, kept
end

-- The key lives as long as the longest-lived of its sessions needs it.
local function keepFor(key, ttlMs)
  if redis.call('PTTL', key) < ttlMs then redis.call('PEXPIRE', key, ttlMs) end
end
