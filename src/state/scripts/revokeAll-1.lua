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
local floor = numberIn(key, FLOOR) or 0
local latest = numberIn(key, LATEST) or floor
local spared = tonumber(ARGV[3])
-- Only a session that is not revoked already can be spared.
if spared and spared < floor and ARGV[3] ~= redis.call('HGET', key, 'p') then spared = nil end

local raised = math.max(latest + 1, tonumber(ARGV[1]), floor)
local facts = { FLOOR, string.format('%.0f', raised), LATEST, string.format('%.0f', latest),
  'r', ARGV[2], 't', ARGV[1], 'p', spared and ARGV[3] or '' }
local revoked = {}
for _, entry in ipairs(entriesOf(key)) do
  if entry.number ~= spared then
    revoked[#revoked + 1] = entry.ref
  else
    -- The floor is no longer what it may have been numbered by.
    facts[#facts + 1] = entry.ref
    facts[#facts + 1] = valueOf(entry, raised)
  end
end
local written = redis.pcall('HSET', key, unpack(facts))
if type(written) == 'table' and written.err then
  if spared then return written end
  -- With its memory full Redis refuses to write but not to delete, and without this key nobody is signed in.
  redis.call('DEL', key)
  return {}
end
for _, ref in ipairs(revoked) do redis.call('HDEL', key, ref) end
return revoked
