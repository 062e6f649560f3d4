--[[
  Replaces the history of settings, if neither it nor they have changed since the caller read it.

  Input:
    KEYS[1] the settings
    ARGV[1] the stamp the caller read
    ARGV[2] the new stamp, so that whoever has read the old history can't put it back
    ARGV[3] the history, newest first

  Output: 1 if replaced, 0 if settings or history had changed meanwhile
]]
local stamp = redis.pcall('HGET', KEYS[1], 'stamp')
if stamp ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'stamp', ARGV[2], 'history', ARGV[3])
return 1
