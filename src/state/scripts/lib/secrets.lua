--@include lib/record.lua
-- For how long the former secret passes after a request first showed its successor, in milliseconds.
local FORMER_PASSES = 10000

-- Makes the offered secret the present one, with its own window (rule M28). Activity never moves backwards.
local function showOffered(fields, now)
  local offeredAt = tonumber(fields[OFFERED_AT]) or 0
  local activeAt = signedInAt(fields) + (tonumber(fields[ACTIVITY]) or 0)
  fields[FORMER], fields[FORMER_UNTIL] = fields[SECRET], string.format('%.0f', now + FORMER_PASSES)
  fields[SECRET] = fields[OFFERED]
  fields[SIGNED_IN], fields[EXPIRES] = fields[OFFERED_AT], fields[OFFERED_EXPIRES]
  fields[ACTIVITY] = string.format('%.0f', math.max(0, activeAt - offeredAt))
  fields[EXTENDED_AT], fields[EXTENDED_COUNT] = '', ''
  fields[PERSISTENT], fields[COOKIE] = fields[OFFERED_PERSISTENT], fields[OFFERED_PERSISTENT]
  for index = OFFERED, OFFERED_PERSISTENT do fields[index] = '' end
  -- The user of a session that was taken over from express-session has authenticated here.
  if fields[TAKEN_OVER] ~= '' then fields[TAKEN_OVER] = '2' end
end
