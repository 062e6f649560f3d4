--@include lib/clock.lua
--@include lib/settings-stamp.lua

-- Returns the settings' text if its stamp is not `knownStamp`, else false: {} if none are saved, '!' in case of another type.
local function changedSettings(key, knownStamp)
  local text = redis.pcall('GET', key)
  if stampOf(text) == knownStamp then return false end
  if type(text) == 'table' then return '!' end
  return text or {}
end
