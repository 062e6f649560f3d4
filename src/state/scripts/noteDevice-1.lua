--[[
  Notes a browser from which a user has signed in.

  Input:
    KEYS[1] the user's known browsers: a hash with the time of the latest sign-in of each
    ARGV[1] the browser
    ARGV[2] now, in milliseconds since 1970
    ARGV[3] the most browsers; beyond it the browser that was used longest ago is forgotten
    ARGV[4] how long the browsers are known, in milliseconds

  Output: 'first' if no browser was known, 'new' if only others were known, else 'known'
]]
local key = KEYS[1]
-- A key of another type holds nothing that is known.
if redis.call('TYPE', key).ok ~= 'hash' then redis.call('DEL', key) end
local count = redis.call('HLEN', key)
local isKnown = redis.call('HGET', key, ARGV[1])
if not isKnown and count >= tonumber(ARGV[3]) then
  local known = redis.call('HGETALL', key)
  local oldest, oldestAt
  for i = 1, #known, 2 do
    local at = tonumber(known[i + 1]) or 0
    if not oldestAt or at < oldestAt then oldest, oldestAt = known[i], at end
  end
  redis.call('HDEL', key, oldest)
end
redis.call('HSET', key, ARGV[1], ARGV[2])
redis.call('PEXPIRE', key, ARGV[4])
if isKnown then return 'known' end
return count == 0 and 'first' or 'new'
