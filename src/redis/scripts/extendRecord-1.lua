--[[
  Extends a living session once: of several requests that saw the same state, one extends it.

  Input:
    KEYS[1] the session's record
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] its new own end, in milliseconds since its sign-in
    ARGV[3] the extension count the caller saw
    ARGV[4] how long the record is kept, in milliseconds

  Output: 1 if extended, 0 if it had been extended meanwhile, -1 if there is no living session
]]
local fields = redis.call('HMGET', KEYS[1], 'a', 'r', 'c')
if not fields[1] or fields[2] then return -1 end
if (fields[3] or '0') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'e', ARGV[2], 'x', ARGV[1],
  'c', string.format('%.0f', tonumber(ARGV[3]) + 1))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
