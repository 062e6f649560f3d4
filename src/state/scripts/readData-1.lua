--[[
  Reads the app's session data.

  Input:
    KEYS[1] the session data

  Output: the data, false if none, '!' in case of another type
]]
local data = redis.pcall('GET', KEYS[1])
if type(data) == 'table' and data.err then data = '!' end
return data
