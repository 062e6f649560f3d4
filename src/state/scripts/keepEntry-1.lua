--[[
  Moves the end of a browser session in the user's order, and keeps the user's key as long as needed. With another
  ref given, the session goes on under that one (a re-authentication), in the same place of the order.

  Input:
    KEYS[1] the user's key
    ARGV[1] the session's ref
    ARGV[2] the ref it goes on under
    ARGV[3] its new absolute end, in milliseconds since 1970
    ARGV[4] how long the key is needed, in milliseconds

  Output: 1, or 0 if the user has no key
]]
--@include lib/user-key.lua
local user = userIn(KEYS[1])
if not user then return 0 end
local entries = {}
for _, entry in ipairs(user.entries) do
  local isIt = entry.ref == ARGV[1]
  -- With another ref both stand, for the same browser, until the old one has ended.
  if not isIt or ARGV[2] ~= ARGV[1] then entries[#entries + 1] = entry end
  if isIt then
    entries[#entries + 1] = { ref = ARGV[2], browser = entry.browser, number = entry.number, until_ = tonumber(ARGV[3]) }
  end
end
user.entries = entries
store(KEYS[1], user, tonumber(ARGV[4]))
return 1
