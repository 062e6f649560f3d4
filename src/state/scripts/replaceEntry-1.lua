--[[
  Adds an entry of the audit trail once more at the end, with other fields, and deletes the present one. Does nothing if the
  present one is gone, so that two callers add it once.

  Input:
    KEYS[1] the audit trail
    ARGV[1] the position of the present entry
    ARGV[2..] the fields

  Output: 1 if the entry was replaced, else 0
]]
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return 0 end
-- With its memory full Redis refuses the addition, and then the present entry must stay.
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
return redis.call('XDEL', KEYS[1], ARGV[1])
