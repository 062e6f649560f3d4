--[[
  Takes an ended session out of the user's order. What had already lost under the limit loses for good first,
  so that a sign-out never brings back a session that a newer one had ended. Those that have reached their own end
  do not count.

  Input:
    KEYS[1] the user's key
    ARGV[1] the ended session's ref
    ARGV[2] how many browsers may be signed in, or '' for no limit: then nothing loses
    ARGV[3] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: array of the refs that lost
]]
--@include lib/clock.lua
--@include lib/limit.lua
local lost = {}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return lost end
local limit = tonumber(ARGV[2])
if limit then
  local now = tonumber(ARGV[3] ~= '' and ARGV[3] or serverNow())
  lost = applyLimit(KEYS[1], lastingEntries(KEYS[1], now), limit)
end
redis.call('HDEL', KEYS[1], ARGV[1])
return lost
