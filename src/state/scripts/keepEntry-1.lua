--[[
  Moves the end of a browser session in the user's order, never backwards, and keeps the user's key as long as needed.

  Input:
    KEYS[1] the user's key
    ARGV[1] the session's ref
    ARGV[2] its new absolute end, in milliseconds since 1970
    ARGV[3] how long the key is needed, in milliseconds

  Output: 1, or 0 if the user has no key
]]
--@include lib/user-key.lua
local user = userIn(KEYS[1])
if not user then return 0 end
for _, entry in ipairs(user.entries) do
  if entry.ref == ARGV[1] then entry.until_ = math.max(entry.until_ or 0, tonumber(ARGV[2])) end
end
store(KEYS[1], user, tonumber(ARGV[3]))
return 1
