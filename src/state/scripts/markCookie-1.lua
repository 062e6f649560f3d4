--[[
  Records the kind of cookie that a living session's browser was sent last.

  Input:
    KEYS[1] the session's record
    ARGV[1] '1' if the cookie outlives the browser, else '0'

  Output: 1 if recorded, -1 if there is no living session
]]
--@include lib/record.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) then return -1 end
fields[COOKIE] = ARGV[1]
keepRecord(KEYS[1], fields)
return 1
