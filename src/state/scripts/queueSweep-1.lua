--[[
  Notes sessions for the sweep of one time.

  Input:
    KEYS[1] the sessions of that time
    ARGV[1] how long the key is needed, in milliseconds
    ARGV[2..] the entries: refs, or '?' and a ref for a recorded end

  Output: how many sessions are noted for that time
]]
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'list' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
local count = redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count
