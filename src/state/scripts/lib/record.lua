-- A record is a text of fields in a fixed order (sessions/record-fields.ts), separated by \31. Empty fields at the end are left out.
local NUMBER, BROWSER, USER, KIND, EXPIRES, ACTIVITY = 1, 2, 3, 4, 6, 7
local EXTENDED_AT, EXTENDED_COUNT, COOKIE, END_REASON, END_AT = 8, 9, 11, 12, 13
local BY_DEVICE, BY_REF, BY_AT, IP, CITY, STATE, COUNTRY, LEVEL = 14, 15, 16, 19, 20, 21, 22, 24
local SIGNED_IN, PERSISTENT = 5, 10
local SECRET, FORMER, FORMER_UNTIL = 28, 29, 30
local OFFERED, OFFERED_AT, OFFERED_EXPIRES, OFFERED_PERSISTENT = 31, 32, 33, 34
local TAKEN_OVER, RENEWED_AT, ADMINISTRATOR_ID = 39, 40, 41
local FIELD_COUNT = 42

-- The fields of a record, or nil if there is no record. Raises an error where the key holds another type.
local function recordAt(key)
  local text = redis.call('GET', key)
  if not text then return nil end
  local fields, count = {}, 0
  for value in string.gmatch(text .. '\31', '([^\31]*)\31') do
    count = count + 1
    fields[count] = value
  end
  for i = count + 1, FIELD_COUNT do fields[i] = '' end
  return fields
end

-- Returns true if a record belongs to a session without a recorded end.
local function isLiving(fields)
  return fields and fields[ACTIVITY] ~= '' and fields[END_REASON] == ''
end

-- When the session's user last authenticated, in milliseconds since 1970, and as text.
local function signedInText(fields)
  return fields[SIGNED_IN] ~= '' and fields[SIGNED_IN] or fields[NUMBER]
end
local function signedInAt(fields)
  return tonumber(signedInText(fields)) or math.huge
end

-- The text of a record with these fields.
local function textOf(fields)
  local last = #fields
  while last > 1 and fields[last] == '' do last = last - 1 end
  return table.concat(fields, '\31', 1, last)
end

-- Stores a changed record and leaves the end of its key as it is.
local function keepRecord(key, fields)
  redis.call('SET', key, textOf(fields), 'KEEPTTL')
end
