--[[
  Records that an answer sends a living session's cookie again, unless a re-authentication has offered a newer secret.

  Input:
    KEYS[1] the session's record
    ARGV[1] the hash of the secret in the cookie
    ARGV[2] '1' if the cookie outlives the browser, else '0'
    ARGV[3] when the answer is sent, in milliseconds since 1970
    ARGV[4] for how long the answer with an offered secret may be under way, in milliseconds

  Output: 1 if recorded, 0 if there is a newer secret, -1 if there is no living session
]]
--@include lib/record.lua
local fields = recordAt(KEYS[1])
if not isLiving(fields) then return -1 end
local offeredAt = fields[OFFERED] ~= '' and tonumber(fields[OFFERED_AT])
local mayArrive = offeredAt and tonumber(ARGV[3]) < offeredAt + tonumber(ARGV[4])
if ARGV[1] ~= fields[mayArrive and OFFERED or SECRET] then return 0 end
-- The kind of a cookie with an offered secret is in the offer.
if not mayArrive then fields[COOKIE] = ARGV[2] end
fields[RENEWED_AT] = ARGV[3]
keepRecord(KEYS[1], fields)
return 1
