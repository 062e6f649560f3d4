--[[
  Reads an anonymous session's data and keeps it for another while.

  Input:
    KEYS[1] the session data
    KEYS[2] the settings
    ARGV[1] the settings stamp the caller knows
    ARGV[2] how long the data is kept from now on, in milliseconds

  Output: array
    [1] the server's time in milliseconds since 1970
    [2] the session data, false if none, '!' in case of another type
    [3] the settings' text, only if changed; {} if none are saved, '!' in case of another type
]]
--@include lib/standing.lua
local data = redis.pcall('GET', KEYS[1])
if type(data) == 'table' and data.err then data = '!' end
-- A replica refuses the write; the data is read all the same.
if data then redis.pcall('PEXPIRE', KEYS[1], ARGV[2]) end
return { serverNow(), data, changedSettings(KEYS[2], ARGV[1]) }
