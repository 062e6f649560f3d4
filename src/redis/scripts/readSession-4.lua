--[[
  Reads all that the verdict on one request needs, in one round trip, where one server holds every key.

  Input:
    KEYS[1] the app's session data
    KEYS[2] the session's record
    KEYS[3] the user's key
    KEYS[4] the settings
    ARGV[1] the settings stamp the caller knows
    ARGV[2] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[3] the record's fields to read, separated by spaces; the 1st and 2nd are its number and browser

  Output: array
    [1] now
    [2] the session data, false if none, '!' alone in case of another type
    [3] the record's fields joined by \31, '' if none, '!' in case of another type
    [4] the user's standing joined by \31, '' if none, '!' in case of another type
    [5] the settings as { stamp, version, settings }, only if changed; { '' } if none
]]
--@include lib/standing.lua
local now = ARGV[2] ~= '' and ARGV[2] or serverNow()
local data = redis.pcall('GET', KEYS[1])
if type(data) == 'table' and data.err then data = '!' end

local names = {}
for name in string.gmatch(ARGV[3], '%S+') do names[#names + 1] = name end
local record = joinedFields(KEYS[2], names)
local standing = ''
if record and record ~= '!' then
  local number, browser = string.match(record, '^(%d*)\31([^\31]*)')
  standing = standingOf(KEYS[3], tonumber(number), browser, tonumber(now)) or ''
end
return { now, data, record or '', standing, changedSettings(KEYS[4], ARGV[1]) }
