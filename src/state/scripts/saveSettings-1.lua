--[[
  Saves settings if the saved settings are still those that the caller read.

  Input:
    KEYS[1] the settings
    ARGV[1] the stamp that the caller read, '' if none were saved, '!' if the settings had no stamp or another type
    ARGV[2] the text of the new settings
    ARGV[3] the channel on which an empty message is published, optional

  Output: 1 if saved, 0 if other settings were saved in the meantime
]]
--@include lib/settings-stamp.lua
if stampOf(redis.pcall('GET', KEYS[1])) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
-- Watching processes also poll, so a refused PUBLISH must not undo the change.
if ARGV[3] then redis.pcall('PUBLISH', ARGV[3], '') end
return 1
