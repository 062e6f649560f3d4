--@include lib/user-key.lua
-- The order of a user's API, embed and sudo sessions is a hash: under each ref its number and its own end.
local function othersIn(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' or kind == 'none' then return kind end
  redis.call('DEL', key)
  return 'damaged'
end
