--[[
  Makes the secret that a re-authentication has offered the present one, once a request has shown it. From then on
  the secret before it passes for ten seconds.

  Input:
    KEYS[1] the session's record
    ARGV[1] the hash of the secret that was shown
    ARGV[2] when, in milliseconds since 1970

  Output: 1 if it is the present one now, 0 if it was not on offer, -1 if there is no living session
]]
--@include lib/secrets.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) then return -1 end
if fields[OFFERED] == '' or fields[OFFERED] ~= ARGV[1] then return 0 end
showOffered(fields, tonumber(ARGV[2]))
keepRecord(KEYS[1], fields)
return 1
