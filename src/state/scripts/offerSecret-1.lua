--[[
  Offers a living session a new secret and a new window, once its user has authenticated again. Until a request shows
  the offered secret, the present one passes under its own window. Never changes a session that has ended, or whose
  time is up by now.

  Input:
    KEYS[1] the session's record
    ARGV[1] the hash of the secret that the caller's request shows
    ARGV[2] the hash of the offered secret
    ARGV[3] when the user authenticated, in milliseconds since 1970
    ARGV[4] the offered end, in milliseconds after that
    ARGV[5] '1' if the session is persistent from then on, else ''
    ARGV[6] how long the record is kept, in milliseconds
    ARGV[7] within how many milliseconds of an offer another is the same form sent twice
    ARGV[8] when the session ends as the caller has judged it, in milliseconds since 1970
    ARGV[9] the caller's clock in milliseconds since 1970, or '' for the server's

  Output: array
    [1] 1 if offered, 0 if the same form has been sent before, -1 if there is no living session of that secret
    [2] its row's level in the list, if offered
]]
--@include lib/clock.lua
--@include lib/secrets.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) or isOver(ARGV[8], ARGV[9]) then return { -1 } end
local now = tonumber(ARGV[3])
if fields[OFFERED] ~= '' and fields[OFFERED] == ARGV[1] then showOffered(fields, now) end
if fields[SECRET] ~= ARGV[1] then
  local passes = fields[FORMER] == ARGV[1] and now < (tonumber(fields[FORMER_UNTIL]) or 0)
  return { passes and 0 or -1 }
end
if fields[OFFERED] ~= '' and now - (tonumber(fields[OFFERED_AT]) or 0) < tonumber(ARGV[7]) then return { 0 } end
fields[OFFERED], fields[OFFERED_AT] = ARGV[2], ARGV[3]
fields[OFFERED_EXPIRES], fields[OFFERED_PERSISTENT] = ARGV[4], ARGV[5]
local keptMs = math.max(tonumber(ARGV[6]), redis.call('PTTL', KEYS[1]))
redis.call('SET', KEYS[1], textOf(fields), 'PX', math.floor(keptMs))
return { 1, fields[LEVEL] }
