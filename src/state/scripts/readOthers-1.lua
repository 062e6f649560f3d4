--[[
  Reads a user's order of API, embed and sudo sessions.

  Input:
    KEYS[1] the user's order of API, embed and sudo sessions

  Output: flat array of ref, number and end as stored; empty if the key holds another type, which a sign-in replaces
]]
local flat = redis.pcall('HGETALL', KEYS[1])
return flat.err and {} or flat
