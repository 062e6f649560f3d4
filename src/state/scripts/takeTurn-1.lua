--[[
  Takes or keeps the turn to sweep. One process at a time has the turn.

  Input:
    KEYS[1] the turn
    ARGV[1] the name of the process
    ARGV[2] for how long, in milliseconds

  Output: 1 if the process has the turn, 0 if another process has it
]]
local owner = redis.pcall('GET', KEYS[1])
if owner and owner ~= ARGV[1] and type(owner) == 'string' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
