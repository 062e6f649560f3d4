--[[
  Ends the API, embed and sudo sessions with a lower number, for good.

  Input:
    KEYS[1] the user's key
    ARGV[1] the number
    ARGV[2] the channel on which the step is published, ARGV[3] the message

  Output: 1, or 0 if the user has no key
]]
--@include lib/user-key.lua
local user = userIn(KEYS[1])
if not user then return 0 end
local bound = numberIn(user.others)
if bound and bound < tonumber(ARGV[1]) then
  user.others = digitsOf(tonumber(ARGV[1]))
  local written = store(KEYS[1], user)
  if type(written) == 'table' and written.err then return written end
  redis.pcall('PUBLISH', ARGV[2], ARGV[3])
end
return 1
