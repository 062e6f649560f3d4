--[[
  Takes browser sessions that are over out of the user's order. The caller has recorded their ends.

  Input:
    KEYS[1] the user's key
    ARGV[1..] the refs

  Output: 1
]]
--@include lib/user-key.lua
local user = userIn(KEYS[1])
if not user then return 1 end
local isOver, kept = {}, {}
for _, ref in ipairs(ARGV) do isOver[ref] = true end
for _, entry in ipairs(user.entries) do
  if not isOver[entry.ref] then kept[#kept + 1] = entry end
end
user.entries = kept
-- With its memory full Redis writes nothing. The sessions have ended by their records.
store(KEYS[1], user)
return 1
