--[[
  Takes an ended browser session out of the user's order. Before that, it records for good the sessions that
  had lost under the limit, so that a sign-out never revives a session that a newer session had ended. Sessions that
  have reached their own end do not count.

  Input:
    KEYS[1] the user's key
    ARGV[1] the ended session's ref
    ARGV[2] how many browsers may be signed in, or '' for no limit: then nothing loses
    ARGV[3] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: array of the refs that lost
]]
--@include lib/clock.lua
--@include lib/limit.lua
local user, lost = userIn(KEYS[1]), {}
if not user then return lost end
local limit = tonumber(ARGV[2])
if limit then
  local now = tonumber(ARGV[3] ~= '' and ARGV[3] or serverNow())
  lost = evict(user, lastingEntries(user, now, {}), limit, math.huge, {})
end
local kept = {}
for _, entry in ipairs(user.entries) do
  if entry.ref ~= ARGV[1] then kept[#kept + 1] = entry end
end
user.entries = kept
local written = store(KEYS[1], user)
-- With its memory full Redis writes nothing. The session has ended by its record, and who has lost must not come back.
if type(written) == 'table' and written.err then return #lost > 0 and written or {} end
return lost
