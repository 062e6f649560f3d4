--[[
  Records activity. Never moves it backwards, and never changes a session that has ended or whose time is up by now.

  Input:
    KEYS[1] the session's record
    ARGV[1] when, in milliseconds since its sign-in
    ARGV[2] when the session ends as the caller has judged it, in milliseconds since 1970
    ARGV[3] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: 1 if recorded, 0 if older than the recorded activity, -1 if there is no living session
]]
--@include lib/clock.lua
--@include lib/record.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) or isOver(ARGV[2], ARGV[3]) then return -1 end
if tonumber(ARGV[1]) <= (tonumber(fields[ACTIVITY]) or math.huge) then return 0 end
fields[ACTIVITY] = ARGV[1]
keepRecord(KEYS[1], fields)
return 1
