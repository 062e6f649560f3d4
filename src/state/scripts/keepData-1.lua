--[[
  Keeps a session's data for at least a time. Never shortens their life: a re-authentication may have made room for a
  later end.

  Input:
    KEYS[1] the session's data
    ARGV[1] how long the data are needed, in milliseconds

  Output: 1 if their life is longer now, else 0
]]
if redis.call('PTTL', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
