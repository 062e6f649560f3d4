--[[
  Replaces the history of settings, if nobody has saved others since the caller read it.

  Input:
    KEYS[1] the settings
    ARGV[1] the stamp the caller read
    ARGV[2] the history, newest first

  Output: 1 if replaced, 0 if settings had been saved meanwhile
]]
local stamp = redis.pcall('HGET', KEYS[1], 'stamp')
if stamp ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'history', ARGV[2])
return 1
