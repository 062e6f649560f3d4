--[[
  Records the end of a session. The first end stays: a later call learns that the session had ended.

  Input:
    KEYS[1] the session's record
    ARGV[1] the reason
    ARGV[2] when, in milliseconds since 1970
    ARGV[3] how long the record is kept to say why, in milliseconds. The record of a session that was taken over keeps a longer life
    ARGV[4] to ARGV[6] the sign-in that evicted it: when, its device, its ref; '' where unknown
    ARGV[7] the channel on which the end is published, ARGV[8] the message; both are optional

  Output: array
    [1] 1 if this call ended it, 0 if it had ended before, -1 if there is no record
    [2] the user, [3] the kind, '' for a browser's, [4] its row's level in the list, [5] the administrator of a sudo session,
    else ''; only if there is a record
]]
--@include lib/record.lua
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return { -1 } end
if kind ~= 'string' then
  redis.call('DEL', KEYS[1])
  return { -1 }
end
local fields = recordAt(KEYS[1])
local known = { 1, fields[USER], fields[KIND], fields[LEVEL], fields[ADMINISTRATOR_ID] }
if fields[END_REASON] ~= '' then
  known[1] = 0
  return known
end
fields[END_REASON], fields[END_AT] = ARGV[1], ARGV[2]
fields[BY_AT], fields[BY_DEVICE], fields[BY_REF] = ARGV[4] or '', ARGV[5] or '', ARGV[6] or ''
-- The place goes with the session's end.
for _, index in ipairs({ IP, CITY, STATE, COUNTRY }) do fields[index] = '' end
-- With its memory full Redis refuses to write but not to delete: better no reason than no end.
-- The cookie of express-session must find the end of a session that was taken over, for as long as takeovers happen.
local keptMs = tonumber(ARGV[3])
if fields[TAKEN_OVER] ~= '' then keptMs = math.max(keptMs, redis.call('PTTL', KEYS[1])) end
local written = redis.pcall('SET', KEYS[1], textOf(fields), 'PX', math.floor(keptMs))
if type(written) == 'table' and written.err then redis.call('DEL', KEYS[1]) end
-- Watching processes also poll, so a refused PUBLISH must not undo the end.
if ARGV[7] then redis.pcall('PUBLISH', ARGV[7], ARGV[8]) end
return known
