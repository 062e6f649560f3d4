--[[
  Reads what a user's key says of one of the user's sessions.

  Input:
    KEYS[1] the user's key
    ARGV[1] the session's ref
    ARGV[2] the session's number, or '' to take it from the session's entry
    ARGV[3] the session's browser, likewise
    ARGV[4] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: array
    [1] the standing joined by \31, '' if there is none, '!' in case of another type
    [2] 1 if the number was known, so that newer browsers were counted; else 0
]]
--@include lib/standing.lua
local now = tonumber(ARGV[4] ~= '' and ARGV[4] or serverNow())
local number, browser = tonumber(ARGV[2]), ARGV[3]
if not number then
  local entry = redis.pcall('HGET', KEYS[1], 's:' .. ARGV[1])
  if type(entry) == 'string' then
    local n, b = string.match(entry, '^(%d+) %a+ (%S+) %d+$')
    number, browser = tonumber(n), b
  end
end
return { standingOf(KEYS[1], number, browser, now) or '', number and 1 or 0 }
