--[[
  Replaces a text if the key still holds the text that the caller read.

  Input:
    KEYS[1] the key
    ARGV[1] the text that the caller read, '' if there was none, '!' if the key holds another type
    ARGV[2] the new text
    ARGV[3] how long the text stays, in milliseconds, '' for ever

  Output: 1 if replaced, 0 if the key holds another text by now
]]
local text = redis.pcall('GET', KEYS[1])
if type(text) == 'table' then text = '!' end
if not text then text = '' end
if text ~= ARGV[1] then return 0 end
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
