--[[
  Reads saved settings back and writes them again: a WAIT that follows on the same connection then includes them.

  Input:
    KEYS[1] the settings
    ARGV[1] the stamp of the settings that the caller saved
    ARGV[2] their version

  Output: 1 if these settings or later settings are there, 0 if not
]]
--@include lib/settings-stamp.lua
local text = redis.pcall('GET', KEYS[1])
local stamp = stampOf(text)
if stamp == '' or stamp == '!' then return 0 end
if stamp ~= ARGV[1] then
  local version = string.match(text, '^[^,]+,"version":(%d+)')
  if (tonumber(version) or 0) <= tonumber(ARGV[2]) then return 0 end
end
redis.call('SET', KEYS[1], text)
return 1
