--[[
  Stores a session's data, unless the key holds the mark of a replaced cookie.

  Input:
    KEYS[1] the session's data
    ARGV[1] the new data
    ARGV[2] the beginning of a mark
    ARGV[3] how long the data stay, in seconds; '' replaces data that are there, and leaves their end as it is

  Output: 1 if stored, 0 if there are no data to replace, -1 if the key holds a mark
]]
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'string' and string.sub(text, 1, #ARGV[2]) == ARGV[2] then return -1 end
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3])
elseif text then
  redis.call('SET', KEYS[1], ARGV[1], 'KEEPTTL')
else
  return 0
end
return 1
