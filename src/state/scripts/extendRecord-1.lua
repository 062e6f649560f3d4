--[[
  Extends a living session once: of several requests that saw the same state, one extends it. Never extends a
  session that has ended, or whose time is up by now.

  Input:
    KEYS[1] the session's record
    ARGV[1] when it was granted, in milliseconds since 1970
    ARGV[2] its new own end, in milliseconds since its sign-in
    ARGV[3] the extension count the caller saw
    ARGV[4] how long the record is kept, in milliseconds
    ARGV[5] when the session ends as the caller has judged it, in milliseconds since 1970
    ARGV[6] the caller's clock in milliseconds since 1970, or '' for the server's
    ARGV[7] the sign-in that the caller saw, in milliseconds since 1970: a re-authentication begins another window

  Output: array
    [1] 1 if extended, 0 if another request has extended it, -1 if there is no living session
    [2] its row's level in the list, if extended
]]
--@include lib/clock.lua
--@include lib/record.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) then return { -1 } end
local count = fields[EXTENDED_COUNT] == '' and '0' or fields[EXTENDED_COUNT]
if count ~= ARGV[3] or signedInText(fields) ~= ARGV[7] then return { 0 } end
if isOver(ARGV[5], ARGV[6]) then return { -1 } end
fields[EXPIRES], fields[EXTENDED_AT] = ARGV[2], ARGV[1]
fields[EXTENDED_COUNT] = string.format('%.0f', tonumber(ARGV[3]) + 1)
local keptMs = math.max(tonumber(ARGV[4]), redis.call('PTTL', KEYS[1]))
redis.call('SET', KEYS[1], textOf(fields), 'PX', math.floor(keptMs))
return { 1, fields[LEVEL] }
