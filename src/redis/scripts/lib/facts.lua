-- The record's fields that a verdict needs, joined in the order of FACT_FIELDS (record-format.ts), and the first
-- two alone; nil where there is no record, '!' where the key holds something else. Named here, since every call
-- would otherwise pay for taking a list of names apart.
local function factsOf(key)
  local values = redis.pcall('HMGET', key, 'number', 'browser', 'user', 'kind', 'signedInAt', 'expiresAt', 'activeAt',
    'extendedAt', 'extendedCount', 'persistent', 'cookie', 'endReason', 'endAt', 'byDevice', 'byRef', 'byAt')
  if values.err then return '!' end
  local found = false
  for i = 1, 16 do
    if values[i] then found = true else values[i] = '' end
  end
  if not found then return nil end
  return table.concat(values, SEPARATOR), values[1], values[2]
end
