--[[
  Notes activity: never backwards, and never on a session that has ended, or whose time is up by now.

  Input:
    KEYS[1] the session's record
    ARGV[1] when, in milliseconds since its sign-in
    ARGV[2] when the session ends as the caller has judged it, in milliseconds since 1970
    ARGV[3] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: 1 if noted, 0 if older than what is known, -1 if there is no living session
]]
--@include lib/clock.lua
local fields = redis.call('HMGET', KEYS[1], 'a', 'r')
if not fields[1] or fields[2] or isOver(ARGV[2], ARGV[3]) then return -1 end
if tonumber(ARGV[1]) <= (tonumber(fields[1]) or math.huge) then return 0 end
redis.call('HSET', KEYS[1], 'a', ARGV[1])
return 1
