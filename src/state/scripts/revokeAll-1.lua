--[[
  Revokes all sessions of a user that exist now, save one, in one write: those with a number below the floor.

  Input:
    KEYS[1] the user's key
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the reason, as the user's key has it
    ARGV[3] the number of the session to spare, or ''
    ARGV[4] how long the revocation is known at least, in milliseconds
    ARGV[5] the channel on which the revocation is published, ARGV[6] the message

  Output: array
    [1] the number below which all are revoked
    [2] the refs in the user's order of browsers that were revoked
]]
--@include lib/user-key.lua
local key = KEYS[1]
local user = userIn(key)
-- Sign-ins under way of a user without sessions must find the revocation, too (rule M35).
if not user then
  user = { rule = '', floor = ZERO, latest = ZERO, evicted = ZERO, others = ZERO, entries = {} }
end
local floor = numberIn(user.floor) or 0
local latest = numberIn(user.latest) or floor
local spared = tonumber(ARGV[3])
-- Only a session that is not revoked already can be spared.
if spared and spared < floor and digitsOf(spared) ~= user.spared then spared = nil end

-- Always higher than before: a sign-in under way compares.
local raised = math.max(latest + 1, tonumber(ARGV[1]), floor + 1)
user.floor, user.latest, user.reason = digitsOf(raised), digitsOf(latest), ARGV[2]
user.floorAt, user.spared = digitsOf(tonumber(ARGV[1])), spared and digitsOf(spared) or ZERO
local revoked, kept = {}, {}
for _, entry in ipairs(user.entries) do
  if spared and entry.number == spared then
    kept[#kept + 1] = entry
  else
    revoked[#revoked + 1] = entry.ref
  end
end
user.entries = kept
local written = store(key, user)
if type(written) == 'table' and written.err then
  if spared then return written end
  -- With its memory full Redis refuses to write but not to delete, and without this key all sessions have ended.
  redis.call('DEL', key)
end
local keptMs = redis.call('PTTL', key)
if keptMs ~= -2 and keptMs < tonumber(ARGV[4]) then redis.call('PEXPIRE', key, ARGV[4]) end
redis.pcall('PUBLISH', ARGV[5], ARGV[6])
return { string.format('%.0f', raised), revoked }
