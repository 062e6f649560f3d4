--[[
  Stores a new session's record.

  Input:
    KEYS[1] the session's record
    ARGV[1] how long it is kept, in milliseconds
    ARGV[2..] field, value, ...

  Output: 1
]]
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
