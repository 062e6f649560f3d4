-- Returns the stamp of the saved settings: '' if none are saved, '!' if they have no stamp or another type.
local function stampOf(text)
  if type(text) == 'table' then return '!' end
  if not text then return '' end
  return string.match(text, '^{"stamp":"([%w_-]+)"') or '!'
end
