--[[
  Records activity. Never moves it backwards, and never changes a session that has ended or whose time is up by now.

  Input:
    KEYS[1] the session's record
    ARGV[1] when, in milliseconds since 1970
    ARGV[2] when the session ends as the caller has judged it, in milliseconds since 1970
    ARGV[3] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[4] the number of a field to mark with '1', or ''

  Output: 1 if recorded, 0 if not newer than the recorded activity, -1 if there is no living session
]]
--@include lib/clock.lua
--@include lib/record.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) or isOver(ARGV[2], ARGV[3]) then return -1 end
local mark = tonumber(ARGV[4])
local sinceSignIn = tonumber(ARGV[1]) - signedInAt(fields)
local isNewer = sinceSignIn > (tonumber(fields[ACTIVITY]) or math.huge)
if not isNewer and (not mark or fields[mark] == '1') then return 0 end
if isNewer then fields[ACTIVITY] = string.format('%.0f', sinceSignIn) end
if mark then fields[mark] = '1' end
keepRecord(KEYS[1], fields)
return isNewer and 1 or 0
