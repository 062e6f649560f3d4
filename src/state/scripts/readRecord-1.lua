--[[
  Reads some fields of a session's record, and the server's clock.

  Input:
    KEYS[1] the session's record
    ARGV[1] the fields to read, separated by spaces

  Output: array
    [1] the server's time in milliseconds since 1970
    [2] the fields joined by \31, '' if there is no record, '!' in case of another type
]]
--@include lib/standing.lua
local names = {}
for name in string.gmatch(ARGV[1], '%S+') do names[#names + 1] = name end
return { serverNow(), joinedFields(KEYS[1], names) or '' }
