--[[
  Saves settings if the saved settings are still those that the caller read.

  Input:
    KEYS[1] the settings
    ARGV[1] the stamp that the caller read, '' if none were saved, '!' if the settings had no stamp or another type
    ARGV[2] the text of the new settings
    ARGV[3] the channel on which an empty message is published, optional
    ARGV[4] the caller's clock in milliseconds since 1970, or '' for the server's: replaces `"endedAt":0` at the end of
      the text, optional

  Output: the text that was saved, or nil if other settings were saved in the meantime
]]
--@include lib/settings-stamp.lua
--@include lib/clock.lua
if stampOf(redis.pcall('GET', KEYS[1])) ~= ARGV[1] then return nil end
local text = ARGV[2]
if ARGV[4] then
  local now = ARGV[4] ~= '' and ARGV[4] or serverNow()
  text = string.gsub(text, '"endedAt":0}$', '"endedAt":' .. now .. '}')
end
redis.call('SET', KEYS[1], text)
-- Watching processes also poll, so a refused PUBLISH must not undo the change.
if ARGV[3] then redis.pcall('PUBLISH', ARGV[3], '') end
return text
