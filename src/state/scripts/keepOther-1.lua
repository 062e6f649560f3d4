--[[
  Moves the end of an API, embed or sudo session in its user's order, never backwards.

  Input:
    KEYS[1] the user's order of API, embed and sudo sessions
    ARGV[1] the session's ref
    ARGV[2] its new absolute end, in milliseconds since 1970
    ARGV[3] how long the key is needed, in milliseconds

  Output: 1, or 0 if it has no place there
]]
--@include lib/others.lua
if othersIn(KEYS[1]) ~= 'hash' then return 0 end
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return 0 end
local until_ = math.max(numberIn(string.sub(value, 10, 18)) or 0, tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], ARGV[1], string.sub(value, 1, 9) .. digitsOf(until_))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
