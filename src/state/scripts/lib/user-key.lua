-- A user's key holds a field for each session, named by its ref, and facts, named by one letter each:
--   f  floor: sessions with a lower number are revoked; at first the number of the user's first sign-in
--   l  latest: the number of the latest sign-in, if it is not the floor
--   r  floorReason, t  floorAt, p  spared: see revokeAll
--   v  evicted: browser sessions with a lower number have lost for good
-- A session's value is "<browser><number>+<life><kind>": 8 characters; the number, left out if it is the floor; how
-- many milliseconds after its number it ends by itself; nothing for a browser's, else 'a' (api) or 'e' (embed).
local FLOOR, LATEST, EVICTED = 'f', 'l', 'v'
local KINDS = { [''] = 'browser', a = 'api', e = 'embed' }

-- What a session's value says: number, kind, browser, own end; nothing if it makes no sense.
local function partsOf(value, floor)
  local browser, text, life, letter = string.match(value, '^(........)(%d*)%+(%-?%d+)([ae]?)$')
  local number = text == '' and floor or tonumber(text)
  if not number then return nil end
  return number, KINDS[letter], browser, number + tonumber(life)
end
