--[[
  Stores the key of user tags where there is none.

  Input:
    KEYS[1] the tag key
    ARGV[1] the caller's key
    ARGV[2] an unreadable text that the caller found; the caller's key replaces it. '!' for another type. Can be missing

  Output: the text that is then there, '!' for another type
]]
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' then held = '!' end
if held and held ~= ARGV[2] then return held end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
