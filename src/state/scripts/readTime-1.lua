--[[
  Returns the server's clock.

  Input:
    KEYS[1] a key of the server that is asked

  Output: the server's time in milliseconds since 1970
]]
--@include lib/clock.lua
-- The key's only purpose is to name the server.
assert(KEYS[1])
return serverNow()
