--[[
  Notes a browser from which a user has signed in.

  Input:
    KEYS[1] the user's known browsers: a hash with the time of the latest sign-in of each
    ARGV[1] the browser
    ARGV[2] now, in milliseconds since 1970
    ARGV[3] the most browsers; beyond it the browser that was used longest ago is forgotten
    ARGV[4] how long each browser is known after its latest sign-in, in milliseconds

  Output: 'first' if no browser was known, 'new' if only others were known, else 'known'
]]
local key = KEYS[1]
-- A key of another type holds nothing that is known.
if redis.call('TYPE', key).ok ~= 'hash' then redis.call('DEL', key) end
local known, count, oldest, oldestAt = {}, 0, nil, nil
local flat = redis.call('HGETALL', key)
for i = 1, #flat, 2 do
  local at = tonumber(flat[i + 1]) or 0
  if at + ARGV[4] < tonumber(ARGV[2]) then
    redis.call('HDEL', key, flat[i])
  else
    known[flat[i]], count = true, count + 1
    if not oldestAt or at < oldestAt then oldest, oldestAt = flat[i], at end
  end
end
if not known[ARGV[1]] and count >= tonumber(ARGV[3]) then redis.call('HDEL', key, oldest) end
redis.call('HSET', key, ARGV[1], ARGV[2])
redis.call('PEXPIRE', key, ARGV[4])
if known[ARGV[1]] then return 'known' end
return count == 0 and 'first' or 'new'
