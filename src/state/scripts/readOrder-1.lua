--[[
  Reads a user's order of sessions, oldest first.

  Input:
    KEYS[1] the user's key

  Output: flat array of ref, number, kind for each session; empty if there is no order
]]
--@include lib/limit.lua
local order = {}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return order end
for _, entry in ipairs(entriesOf(KEYS[1])) do
  order[#order + 1] = entry.ref
  order[#order + 1] = string.format('%.0f', entry.number)
  order[#order + 1] = entry.kind
end
return order
