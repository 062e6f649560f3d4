--[[
  Puts a session on a shelf of the list of all sessions, or moves its end there, never backwards, and clears away some
  rows of sessions whose time is up. The list serves pages and APIs; no verdict depends on it.

  Input:
    KEYS[1] the shelf: refs, scored by their own absolute end
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the session's ref
    ARGV[3] its own absolute end, in milliseconds since 1970
    ARGV[4] how many rows are cleared away at most
    ARGV[5] how long the shelf is needed for this session, in milliseconds

  Output: how many sessions are on the shelf
]]
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[2])
local lapsed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[4])
if #lapsed > 0 then redis.call('ZREM', KEYS[1], unpack(lapsed)) end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[5]) then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
return redis.call('ZCARD', KEYS[1])
