--[[
  Moves the end of a session in the user's order, and keeps the user's key as long as needed. With another ref
  given, the session goes on under that one (a re-authentication), in the same place of the order.

  Input:
    KEYS[1] the user's key
    ARGV[1] the session's ref
    ARGV[2] the ref it goes on under
    ARGV[3] its new absolute end, in milliseconds since 1970
    ARGV[4] how long the key is needed, in milliseconds

  Output: 1, or 0 if the user has no key
]]
--@include lib/limit.lua
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
local value, floor = redis.call('HGET', KEYS[1], ARGV[1]), numberIn(KEYS[1], FLOOR)
if value then
  local number, kind, browser = partsOf(value, floor)
  local entry = { number = number, kind = kind, browser = browser, until_ = tonumber(ARGV[3]) }
  -- With another ref both stand, for the same browser, until the old one has ended.
  if number then redis.call('HSET', KEYS[1], ARGV[2], valueOf(entry, floor)) end
end
keepFor(KEYS[1], tonumber(ARGV[4]))
return 1
