--[[
  Gives a new sign-in its number in the user's order, and ends what it ends, in one step: of any number of
  simultaneous sign-ins exactly as many browsers stay as the limit allows.

  Input:
    KEYS[1] the user's key
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the new session's ref
    ARGV[3] its kind
    ARGV[4] its browser
    ARGV[5] its own absolute end, in milliseconds since 1970
    ARGV[6] how many browsers may be signed in, or '' for no limit
    ARGV[7] '1' if a sign-in over the limit is refused, '' if it ends the oldest
    ARGV[8] how long the key is needed, in milliseconds
    ARGV[9] how many entries of browsers, and of other kinds, are kept
    ARGV[10] how long ago a sign-in of the same browser may be and still be the same form sent twice, in milliseconds
    ARGV[11..] refs that are over and do not count

  Output: array
    [1] the number given, or '' if refused
    [2] the refs that lost, or if refused those that stand in the way
    [3] the refs of the same browser that this sign-in replaces; they keep their place until they are ended
]]
--@include lib/limit.lua
local key, now, ref = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local kind, browser, limit = ARGV[3], ARGV[4], tonumber(ARGV[6])
if redis.call('TYPE', key).ok ~= 'hash' then redis.call('DEL', key) end

for i = 11, #ARGV do redis.call('HDEL', key, ARGV[i]) end
local entries = lastingEntries(key, now)

if kind == 'browser' and limit and ARGV[7] == '1' then
  local others, browsers, count = {}, {}, 0
  for _, entry in ipairs(entries) do
    if entry.kind == 'browser' and entry.browser ~= browser then
      others[#others + 1] = entry.ref
      if not browsers[entry.browser] then
        browsers[entry.browser] = true
        count = count + 1
      end
    end
  end
  if count >= limit then return { '', others, {} } end
end

-- Numbers never fall behind the clock: should this key ever be lost, sessions from before stay below its floor.
-- And a sign-in that is granted holds: its number passes floor and evicted, damaged or not.
local floor, evicted = numberIn(key, FLOOR), numberIn(key, EVICTED)
local latest = numberIn(key, LATEST)
if not latest and redis.call('HEXISTS', key, LATEST) == 0 then latest = floor end
local number = math.max((latest or 0) + 1, now, floor or 0, evicted or 0)
local text = string.format('%.0f', number)
-- A key without a floor, new or damaged, begins here: what came before stays ended, and is nobody's any more.
local begins = not latest or not floor
if begins then
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if #field > 1 or field == LATEST then redis.call('HDEL', key, field) end
  end
  entries, floor = {}, number
  redis.call('HSET', key, FLOOR, text)
end
-- Damaged is not missing: who had lost can't be told any more, so all browsers of before have.
if not evicted and redis.call('HEXISTS', key, EVICTED) == 1 then redis.call('HSET', key, EVICTED, text) end

local replaced = {}
for _, entry in ipairs(entries) do
  if kind == 'browser' and entry.kind == 'browser' and entry.browser == browser
    and entry.number < now - tonumber(ARGV[10]) then
    replaced[#replaced + 1] = entry.ref
  end
end
local entry = { ref = ref, number = number, kind = kind, browser = browser, until_ = tonumber(ARGV[5]) }
redis.call('HSET', key, ref, valueOf(entry, floor))
if not begins then redis.call('HSET', key, LATEST, text) end
entries[#entries + 1] = entry

local lost = {}
if kind == 'browser' and limit then lost, entries = applyLimit(key, entries, limit) end

-- The order is capped; what falls off it is only no longer listed.
local counts = { browser = 0, other = 0 }
for i = #entries, 1, -1 do
  local class = entries[i].kind == 'browser' and 'browser' or 'other'
  counts[class] = counts[class] + 1
  if counts[class] > tonumber(ARGV[9]) then redis.call('HDEL', key, entries[i].ref) end
end
keepFor(key, tonumber(ARGV[8]))
return { text, lost, replaced }
