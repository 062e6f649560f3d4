--[[
  Saves settings, if nobody has saved others since the caller read them.

  Input:
    KEYS[1] the settings
    ARGV[1] the stamp the caller read, '' if there were none, '!' if the key was of another type
    ARGV[2] the new stamp
    ARGV[3] the new version
    ARGV[4] the new settings
    ARGV[5] the history, newest first

  Output: 1 if saved, 0 if others had been saved meanwhile
]]
local stamp = redis.pcall('HGET', KEYS[1], 'stamp')
if type(stamp) == 'table' then stamp = '!' end
if (stamp or '') ~= ARGV[1] then return 0 end
if stamp == '!' then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'version', ARGV[3], 'settings', ARGV[4], 'history', ARGV[5])
return 1
