-- A session's record, and its number, browser and kind alone; nil where there is no record, '!' where the key holds
-- another type.
local function factsOf(key)
  local text = redis.pcall('GET', key)
  if type(text) == 'table' then return '!' end
  if not text then return nil end
  return text, string.match(text, '^([^\31]*)\31([^\31]*)\31[^\31]*\31([^\31]*)')
end
