--[[
  Puts a change of the settings into their history, or replaces the beginning of the entry that is there.

  Input:
    KEYS[1] the history
    ARGV[1] the beginning of the entry if it is there
    ARGV[2] the new beginning of this entry
    ARGV[3] the whole entry if it is not there
    ARGV[4] the longest that the history may become

  Output: 1 if the entry was there, 0 if not
]]
-- A key of another type is not a history, and must not prevent saving settings.
if redis.call('TYPE', KEYS[1]).ok ~= 'list' then redis.call('DEL', KEYS[1]) end
local entries = redis.call('LRANGE', KEYS[1], 0, -1)
for i = 1, #entries do
  if string.sub(entries[i], 1, #ARGV[1]) == ARGV[1] then
    redis.call('LSET', KEYS[1], i - 1, ARGV[2] .. string.sub(entries[i], #ARGV[1] + 1))
    return 1
  end
end
redis.call('LPUSH', KEYS[1], ARGV[3])
local excess = #entries + 1 - tonumber(ARGV[4])
-- Attempts go first. A change that is saved after its attempt has gone comes back here.
for i = #entries, 1, -1 do
  if excess > 0 and string.find(entries[i], '{"applied":false', 1, true) == 1 then
    redis.call('LREM', KEYS[1], -1, entries[i])
    excess = excess - 1
  end
end
if excess > 0 then redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[4]) - 1) end
return 0
