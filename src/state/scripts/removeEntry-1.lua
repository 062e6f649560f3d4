--[[
  Takes an ended browser session out of the user's order. Before that, it records for good the sessions that
  had lost under the limit, so that a sign-out never revives a session that a newer session had ended. Sessions that
  have reached their own end do not count.

  Input:
    KEYS[1] the user's key
    ARGV[1] the ended session's ref
    ARGV[2] how many browsers may be signed in, or '' for no limit: then nothing loses
    ARGV[3] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[4] the limits of the classes of devices (classLimitsIn)

  Output: array
    [1] the refs that lost
    [2] the refs that lost by the limit of their class, each behind the number of its class
]]
--@include lib/clock.lua
--@include lib/limit.lua
local user, lost, lostByClass = userIn(KEYS[1]), {}, {}
if not user then return { lost, lostByClass } end
local limit = tonumber(ARGV[2])
if limit then
  local now = tonumber(ARGV[3] ~= '' and ARGV[3] or serverNow())
  lost, lostByClass = evict(user, lastingEntries(user, now, {}), limit, math.huge, {}, classLimitsIn(ARGV[4]))
end
local kept = {}
for _, entry in ipairs(user.entries) do
  if entry.ref ~= ARGV[1] then kept[#kept + 1] = entry end
end
user.entries = kept
local written = store(KEYS[1], user)
-- With its memory full Redis writes nothing. The session has ended by its record, and who has lost must not come back.
if type(written) == 'table' and written.err then return #lost + #lostByClass > 0 and written or { {}, {} } end
return { lost, lostByClass }
