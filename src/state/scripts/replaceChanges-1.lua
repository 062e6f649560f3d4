--[[
  Replaces entries of the history of settings.

  Input:
    KEYS[1] the history
    ARGV    pairs: the entry as the caller read it, and the entry that replaces it

  Output: how many were replaced; an entry that has changed since is left as it is
]]
local entries = redis.call('LRANGE', KEYS[1], 0, -1)
local replaced = 0
for at = 1, #ARGV, 2 do
  for i = 1, #entries do
    if entries[i] == ARGV[at] then
      redis.call('LSET', KEYS[1], i - 1, ARGV[at + 1])
      replaced = replaced + 1
    end
  end
end
return replaced
