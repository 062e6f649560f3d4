--[[
  Tells whether a change is there, and if so writes the same once more: a WAIT that follows on the same connection
  then speaks of everything up to here.

  Input:
    KEYS[1] the key that was changed: a hash, a text of fields separated by \31, or a text of fixed places
    ARGV[1] its name in a hash, its number in a text of fields, its place in a text (such as '15-23', a number in
      base 36), or '' for the whole text
    ARGV[2] what stands there since: a number that it has reached, a text that it contains, or '' for anything
    ARGV[3] '1' if the key being gone comes to the same, else ''

  Output: 1 if the change is there, 0 if not
]]
--@include lib/user-key.lua
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then
  if ARGV[3] ~= '1' then return 0 end
  redis.call('SET', KEYS[1], '')
  redis.call('DEL', KEYS[1])
  return 1
end
local text, value
if kind == 'string' then
  text = redis.call('GET', KEYS[1])
  local from, to = string.match(ARGV[1], '^(%d+)-(%d+)$')
  if from then
    value = numberIn(string.sub(text, tonumber(from), tonumber(to))) or ''
  elseif ARGV[1] == '' then
    value = text
  else
    local fields = {}
    for field in string.gmatch(text .. '\31', '([^\31]*)\31') do fields[#fields + 1] = field end
    value = fields[tonumber(ARGV[1])] or ''
  end
  if value == '' then return 0 end
else
  value = redis.call('HGET', KEYS[1], ARGV[1])
  if not value then return 0 end
end
local reached = tonumber(ARGV[2])
if reached then
  if (tonumber(value) or -1) < reached then return 0 end
elseif not string.find(value, ARGV[2], 1, true) then
  return 0
end
if text then redis.call('SET', KEYS[1], text, 'KEEPTTL') else redis.call('HSET', KEYS[1], ARGV[1], value) end
return 1
