-- The record's fields that a verdict needs, joined in the order of FACT_FIELDS (record-format.ts), and number, browser
-- and kind alone; nil where there is no record, '!' where the key holds something else. Named here, since every call
-- would otherwise pay for taking a list of names apart.
local function factsOf(key)
  local values = redis.pcall('HMGET', key, 'n', 'b', 'u', 'k', 's', 'e', 'a', 'x', 'c', 'p', 'w', 'r', 't', 'd', 'q', 'f')
  if values.err then return '!' end
  local found = false
  for i = 1, 16 do
    if values[i] then found = true else values[i] = '' end
  end
  if not found then return nil end
  return table.concat(values, SEPARATOR), values[1], values[2], values[4]
end
