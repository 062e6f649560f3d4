--[[
  Takes API, embed and sudo sessions that are over out of the user's order of those.

  Input:
    KEYS[1] the user's order of API, embed and sudo sessions
    ARGV[1..] the refs

  Output: 1
]]
--@include lib/others.lua
if othersIn(KEYS[1]) == 'hash' then
  for _, ref in ipairs(ARGV) do redis.call('HDEL', KEYS[1], ref) end
end
return 1
