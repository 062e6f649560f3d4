-- A session's record; nil where there is none, '!' where the key holds another type.
local function factsOf(key)
  local text = redis.pcall('GET', key)
  if type(text) == 'table' then return '!' end
  return text or nil
end
