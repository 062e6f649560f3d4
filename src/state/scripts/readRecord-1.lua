--[[
  Reads a session's record, and the server's clock.

  Input:
    KEYS[1] the session's record

  Output: array
    [1] the server's time in milliseconds since 1970
    [2] the record, '' if there is none, '!' in case of another type
]]
--@include lib/clock.lua
local record = redis.pcall('GET', KEYS[1])
if type(record) == 'table' then record = '!' end
return { serverNow(), record or '' }
