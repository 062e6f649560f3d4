--[[
  Reads all that the verdict on one request needs, in one round trip, where one server holds every key.

  Input:
    KEYS[1] the app's session data
    KEYS[2] the session's record
    KEYS[3] the user's key
    KEYS[4] the settings
    ARGV[1] the settings stamp the caller knows
    ARGV[2] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: array
    [1] now
    [2] the session data, false if none, '!' alone in case of another type
    [3] the record's fields joined by \31, '' if none, '!' in case of another type
    [4] the text of the user's key, '' if none, '!' in case of another type
    [5] the settings' text, only if changed; {} if none are saved, '!' in case of another type
]]
--@include lib/standing.lua
--@include lib/facts.lua
local now = ARGV[2] ~= '' and ARGV[2] or serverNow()
local data = redis.pcall('GET', KEYS[1])
if type(data) == 'table' and data.err then data = '!' end

local settings = changedSettings(KEYS[4], ARGV[1])
local record = factsOf(KEYS[2])
local user = redis.pcall('GET', KEYS[3])
if type(user) == 'table' and user.err then user = '!' end
return { now, data, record or '', user or '', settings }
