--[[
  Records the end of a session. The first end stays: whoever comes later learns that it had ended.

  Input:
    KEYS[1] the session's record
    ARGV[1] the reason
    ARGV[2] when, in milliseconds since 1970
    ARGV[3] how long the record is kept to say why, in milliseconds
    ARGV[4] '' to end it whenever that is, or, to end it only while it lives: when it ends as the caller has judged
      it, in milliseconds since 1970
    ARGV[5] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[6..] further fields and values: who evicted it

  Output: array
    [1] 1 if this call ended it, 0 if it had ended before or its time is up, -1 if there is no record
    [2] the user, [3] the kind, if it is not a browser's, [4] its row's level in the list; only if there is a record
]]
--@include lib/clock.lua
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return { -1 } end
if kind ~= 'hash' then
  redis.call('DEL', KEYS[1])
  return { -1 }
end
local owner = redis.call('HMGET', KEYS[1], 'u', 'k', 'l')
if redis.call('HEXISTS', KEYS[1], 'r') == 1 then return { 0, unpack(owner) } end
if ARGV[4] ~= '' and isOver(ARGV[4], ARGV[5]) then return { 0, unpack(owner) } end
-- Where it was goes with the session. With its memory full Redis refuses to write but not to delete: better no reason than no end.
local written = redis.pcall('HSET', KEYS[1], 'r', ARGV[1], 't', ARGV[2], unpack(ARGV, 6))
if type(written) == 'table' and written.err then
  redis.call('DEL', KEYS[1])
else
  redis.call('HDEL', KEYS[1], 'i', 'y', 'z', 'j')
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return { 1, unpack(owner) }
