-- A user's key holds one field a session, "s:<ref>" = "<number> <kind> <browser> <until>", and facts:
--   latest   the number of the latest sign-in; floor, floorReason, floorAt, spared: see revokeAll
--   evicted  browser sessions with a lower number have lost for good
local function parseEntry(value)
  local number, kind, browser, until_ = string.match(value, '^(%d+) (%a+) (%S+) (%d+)$')
  if not number then return nil end
  return { number = tonumber(number), kind = kind, browser = browser, until_ = tonumber(until_) }
end

-- A number that these scripts have written, or nil.
local function numberIn(key, field)
  local text = redis.call('HGET', key, field)
  return text and #text <= 16 and string.match(text, '^%d+$') and tonumber(text) or nil
end

-- All entries that a flat HGETALL reply holds, oldest first.
local function entriesOf(flat)
  local entries = {}
  for i = 1, #flat, 2 do
    if string.sub(flat[i], 1, 2) == 's:' then
      local entry = parseEntry(flat[i + 1])
      if entry then
        entry.field = flat[i]
        entries[#entries + 1] = entry
      end
    end
  end
  table.sort(entries, function(a, b) return a.number < b.number end)
  return entries
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
        redis.call('HDEL', key, entry.field)
        lost[#lost + 1] = string.sub(entry.field, 3)
        if entry.number > highest then highest = entry.number end
      end
    else
      table.insert(kept, 1, entry)
    end
  end
  local evicted = numberIn(key, 'evicted')
  -- A damaged one lets nobody pass, and stays until a sign-in mends it.
  if not evicted and redis.call('HEXISTS', key, 'evicted') == 1 then return lost, kept end
  if #lost > 0 and highest + 1 > (evicted or 0) then
    redis.call('HSET', key, 'evicted', string.format('%.0f', highest + 1))
  end
  return lost, kept
end

-- The key lives as long as the longest-lived of its sessions needs it.
local function keepFor(key, ttlMs)
  if redis.call('PTTL', key) < ttlMs then redis.call('PEXPIRE', key, ttlMs) end
end
