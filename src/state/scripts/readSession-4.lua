--[[
  Reads all that the verdict on one request needs, in one round trip, where one server holds every key.

  Input:
    KEYS[1] the app's session data
    KEYS[2] the session's record
    KEYS[3] the user's key
    KEYS[4] the settings
    ARGV[1] the settings stamp the caller knows
    ARGV[2] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[3] how many browsers may be signed in under those settings, or '' for any number

  Output: array
    [1] now
    [2] the session data, false if none, '!' alone in case of another type
    [3] the record's fields joined by \31, '' if none, '!' in case of another type
    [4] the user's standing joined by \31, '' if none, '!' in case of another type
    [5] the settings' text, only if changed; {} if none are saved, '!' in case of another type
]]
--@include lib/standing.lua
--@include lib/facts.lua
local now = ARGV[2] ~= '' and ARGV[2] or serverNow()
local data = redis.pcall('GET', KEYS[1])
if type(data) == 'table' and data.err then data = '!' end

local settings = changedSettings(KEYS[4], ARGV[1])
local record, number, browser, kind = factsOf(KEYS[2])
-- What the caller knows of the limit holds unless the settings have changed; then all are counted.
local limit = settings and 0 or tonumber(ARGV[3])
if kind ~= '' then limit = nil end
local ref = limit and string.match(KEYS[2], '[^:]*$')
local standing = record and number and standingOf(KEYS[3], ref, tonumber(number), browser, tonumber(now), limit)
return { now, data, record or '', standing or '', settings }
