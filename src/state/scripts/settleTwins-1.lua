--[[
  Lets one session of a browser stay, and takes the others of the same browser out of the user's order. If several
  ask at once, one stays.

  Input:
    KEYS[1] the user's key
    ARGV[1] the ref of the session that is to stay
    ARGV[2] the channel on which the step is published, ARGV[3] the message

  Output: array
    [1] 1 if it stays, 0 if another has been let stay
    [2..] the refs that were taken out
]]
--@include lib/user-key.lua
local user = userIn(KEYS[1])
if not user then return { 1 } end
local browser
for _, entry in ipairs(user.entries) do
  if entry.ref == ARGV[1] then browser = entry.browser end
end
if not browser then return { 0 } end
local kept, reply = {}, { 1 }
for _, entry in ipairs(user.entries) do
  if entry.browser == browser and entry.ref ~= ARGV[1] then
    reply[#reply + 1] = entry.ref
  else
    kept[#kept + 1] = entry
  end
end
user.entries = kept
local written = store(KEYS[1], user)
if type(written) == 'table' and written.err then return written end
if #reply > 1 then redis.pcall('PUBLISH', ARGV[2], ARGV[3]) end
return reply
