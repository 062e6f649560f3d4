--[[
  Counts a session that proposed settings would have ended, once.

  Input:
    KEYS[1] the counts of the observation: a hash with a field for each counted session and for each number
    ARGV[1] the field of the session
    ARGV[2] the field of the number
    ARGV[3] the most fields
    ARGV[4] milliseconds until the counts are forgotten

  Output: 1 if the session is counted now, else 0
]]
if redis.call('HGET', KEYS[1], ARGV[1]) then return 0 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'full', '1')
  return 0
end
local count = tonumber(redis.call('HGET', KEYS[1], ARGV[2]) or 0) or 0
redis.call('HSET', KEYS[1], ARGV[1], '', ARGV[2], string.format('%d', count + 1))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
