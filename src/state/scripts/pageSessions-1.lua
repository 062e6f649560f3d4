--[[
  Reads sessions from a shelf of the list of all, or its levels, latest end first.

  Input:
    KEYS[1] the shelf, or the levels
    ARGV[1] the highest score to read, '+inf' for the first page
    ARGV[2] how many to skip that have this score exactly
    ARGV[3] how many to read

  Output: flat array of ref or level, score; empty if the key holds another type, which the next sign-in repairs
]]
local rows = redis.pcall('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], '-inf', 'WITHSCORES', 'LIMIT', ARGV[2], ARGV[3])
return rows.err and {} or rows
