--[[
  Reads the settings, if they are not those the caller knows, and the server's clock.

  Input:
    KEYS[1] the settings
    ARGV[1] the settings stamp the caller knows

  Output: array
    [1] the server's time in milliseconds since 1970
    [2] the settings as { stamp, version, settings }, only if changed; { '' } if none
]]
--@include lib/standing.lua
return { serverNow(), changedSettings(KEYS[1], ARGV[1]) }
