--[[
  Extends a living session once: of several requests that saw the same state, one extends it. Never one that has
  ended, or whose time is up by now.

  Input:
    KEYS[1] the session's record
    ARGV[1] when it was granted, in milliseconds since 1970
    ARGV[2] its new own end, in milliseconds since its sign-in
    ARGV[3] the extension count the caller saw
    ARGV[4] how long the record is kept, in milliseconds
    ARGV[5] when the session ends as the caller has judged it, in milliseconds since 1970
    ARGV[6] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: 1 if extended, 0 if it had been extended meanwhile, -1 if there is no living session
]]
--@include lib/clock.lua
local fields = redis.call('HMGET', KEYS[1], 'a', 'r', 'c')
if not fields[1] or fields[2] then return -1 end
if (fields[3] or '0') ~= ARGV[3] then return 0 end
if isOver(ARGV[5], ARGV[6]) then return -1 end
redis.call('HSET', KEYS[1], 'e', ARGV[2], 'x', ARGV[1],
  'c', string.format('%.0f', tonumber(ARGV[3]) + 1))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
