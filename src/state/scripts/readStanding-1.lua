--[[
  Reads what a user's key says of one of the user's sessions.

  Input:
    KEYS[1] the user's key
    ARGV[1] the session's ref
    ARGV[2] the session's number, or '' to take it from the session's entry
    ARGV[3] the session's browser, likewise
    ARGV[4] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[5] how many browsers may be signed in, or '' for any number

  Output: array
    [1] the standing joined by \31, '' if there is none, '!' in case of another type
    [2] 1 if the number was known, so that newer browsers could be counted; else 0
]]
--@include lib/standing.lua
local now = tonumber(ARGV[4] ~= '' and ARGV[4] or serverNow())
local number, browser = tonumber(ARGV[2]), ARGV[3]
if not number then
  local found = redis.pcall('HMGET', KEYS[1], ARGV[1], FLOOR)
  if found[1] then
    local kind
    number, kind, browser = partsOf(found[1], tonumber(found[2]))
  end
end
local standing = standingOf(KEYS[1], ARGV[1], number, browser, now, tonumber(ARGV[5]))
return { standing or '', number and 1 or 0 }
