--[[
  Deletes a session's data. Leaves the mark of a replaced cookie, which later requests with the cookie need.

  Input:
    KEYS[1] the session's data
    ARGV[1] the beginning of a mark

  Output: 1 if deleted, else 0
]]
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'string' and string.sub(text, 1, #ARGV[1]) == ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
