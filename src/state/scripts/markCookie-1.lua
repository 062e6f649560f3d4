--[[
  Notes which kind of cookie a living session's browser was sent last.

  Input:
    KEYS[1] the session's record
    ARGV[1] '1' if it outlives the browser, else '0'

  Output: 1 if noted, -1 if there is no living session
]]
local fields = redis.call('HMGET', KEYS[1], 'a', 'r')
if not fields[1] or fields[2] then return -1 end
redis.call('HSET', KEYS[1], 'w', ARGV[1])
return 1
