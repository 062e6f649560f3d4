--[[
  Revokes all sessions of a user that exist now, save one, in one write: those with a number below the floor.

  Input:
    KEYS[1] the user's key
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the reason
    ARGV[3] the number of the session to spare, or ''

  Output: array of the refs in the user's order that were revoked
]]
--@include lib/limit.lua
local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'hash' then return {} end
local floor, latest = numberIn(key, 'floor') or 0, numberIn(key, 'latest') or 0
local spared = tonumber(ARGV[3])
-- Only a session that is not revoked already can be spared.
if spared and spared < floor and ARGV[3] ~= redis.call('HGET', key, 'spared') then spared = nil end

local raised = math.max(latest + 1, tonumber(ARGV[1]), floor)
local written = redis.pcall('HSET', key, 'floor', string.format('%.0f', raised), 'floorReason', ARGV[2],
  'floorAt', ARGV[1], 'spared', spared and ARGV[3] or '')
if type(written) == 'table' and written.err then
  if spared then return written end
  -- With its memory full Redis refuses to write but not to delete, and without this key nobody is signed in.
  redis.call('DEL', key)
  return {}
end
local revoked = {}
for _, entry in ipairs(entriesOf(redis.call('HGETALL', key))) do
  if entry.number ~= spared then
    redis.call('HDEL', key, entry.field)
    revoked[#revoked + 1] = string.sub(entry.field, 3)
  end
end
return revoked
