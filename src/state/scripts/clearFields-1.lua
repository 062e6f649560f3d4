--[[
  Empties some fields of a session's record, such as its place.

  Input:
    KEYS[1] the session's record
    ARGV[1..] the fields' numbers in the record

  Output: 1, or 0 if there is no record
]]
--@include lib/record.lua
-- A key of another type is not a record, and must not stop the purge of the other records.
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
local fields = recordAt(KEYS[1])
for _, index in ipairs(ARGV) do fields[tonumber(index)] = '' end
keepRecord(KEYS[1], fields)
return 1
