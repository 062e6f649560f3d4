--[[
  Takes the first sessions out of those noted for one time, once they have been swept.

  Input:
    KEYS[1] the sessions of that time
    ARGV[1..] the entries that were read at its head

  Output: 1 if they were taken out, 0 if another process has done so
]]
local head = redis.call('LRANGE', KEYS[1], 0, #ARGV - 1)
for i = 1, #ARGV do
  if head[i] ~= ARGV[i] then return 0 end
end
redis.call('LTRIM', KEYS[1], #ARGV, -1)
return 1
