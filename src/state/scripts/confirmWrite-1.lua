--[[
  Tells whether a change is there, and if so writes the same once more: a WAIT that follows on the same
  connection then speaks of everything up to here.

  Input:
    KEYS[1] the hash that was changed
    ARGV[1] a field of it
    ARGV[2] what the field holds since: a number that it has reached, a text that it contains, or '' for anything
    ARGV[3] '1' if the hash being gone comes to the same, else ''

  Output: 1 if the change is there, 0 if not
]]
if ARGV[3] == '1' and redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], ARGV[1], '')
  redis.call('DEL', KEYS[1])
  return 1
end
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then return 0 end
local reached = tonumber(ARGV[2])
if reached then
  if (tonumber(value) or -1) < reached then return 0 end
elseif not string.find(value, ARGV[2], 1, true) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], value)
return 1
