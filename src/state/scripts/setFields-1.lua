--[[
  Replaces fields of a living session's record, and publishes the change. Never changes a session that has ended.

  Input:
    KEYS[1] the session's record
    ARGV[1] the channel, ARGV[2] the message
    ARGV[3..] pairs: the number of a field, and its text

  Output: 1, or -1 if there is no living session
]]
--@include lib/record.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) then return -1 end
for i = 3, #ARGV, 2 do fields[tonumber(ARGV[i])] = ARGV[i + 1] end
keepRecord(KEYS[1], fields)
-- Watching processes also poll, so a refused PUBLISH must not undo the change.
redis.pcall('PUBLISH', ARGV[1], ARGV[2])
return 1
