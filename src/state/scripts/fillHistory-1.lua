--[[
  Writes the history of the first edition, if there is no history yet.

  Input:
    KEYS[1] the history
    ARGV    its entries, newest first

  Output: 1 if written, 0 if there was a history
]]
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('RPUSH', KEYS[1], unpack(ARGV))
return 1
