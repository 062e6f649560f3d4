--[[
  Replaces settings of the first edition, a hash, by their text.

  Input:
    KEYS[1] the settings

  Output: the settings' text, false if none are saved, '!' if the key holds anything else
]]
local saved = redis.pcall('GET', KEYS[1])
if type(saved) ~= 'table' then return saved end
local fields = redis.pcall('HMGET', KEYS[1], 'stamp', 'version', 'settings')
if fields.err or not (fields[1] and fields[2] and fields[3]) then return '!' end
local text = '{"stamp":"' .. fields[1] .. '","version":' .. fields[2] .. ',"settings":' .. fields[3] .. '}'
-- The settings apply even if a full or read-only server refuses the write.
redis.pcall('SET', KEYS[1], text)
return text
