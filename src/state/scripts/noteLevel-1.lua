--[[
  Notes until when a level of the list of all sessions has anything on its shelves, and forgets levels that are empty.

  Input:
    KEYS[1] the list's levels, scored by the time until which they are in use
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the level
    ARGV[3] until when at least, in milliseconds since 1970

  Output: 1
]]
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local known = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or 0)
if known < tonumber(ARGV[3]) then redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2]) end
local needed = ARGV[3] - ARGV[1]
if redis.call('PTTL', KEYS[1]) < needed then redis.call('PEXPIRE', KEYS[1], needed) end
return 1
