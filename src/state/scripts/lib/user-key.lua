-- A user's key holds one text; user-format.ts reads the same one. Numbers take nine characters of base 36.
--   1       the format's version
--   2       floorReason: a letter, see user-format.ts
--   3-5     length of the person's own rule, '---' for none
--   6-14    floor: sessions with a lower number are revoked; at first the number of the user's first sign-in
--   15-23   floorAt, 24-32 spared: see revokeAll
--   33-41   evicted: browser sessions with a lower number have lost for good
--   42-50   latest: the number of the latest sign-in
--   51-59   others: API, embed and sudo sessions with a lower number have lost for good
--   60-     the person's own rule, see rule-codec.ts: the number of its change (9), and JSON
--   then    the living browser sessions, oldest first: ref (21), browser (8), number (9), own end (9)
-- An own end has CLASS_STEP added once for desktops, twice for phones, three times for tablets.
local HEAD, ENTRY, CLASS_STEP, CLASSES = 59, 47, 2e13, 4
local VERSION, NO_REASON, ZERO = '2', '-', '000000000'
-- The highest number that is believed: below the highest that nine characters hold, so that the next has room, too.
local HIGHEST, ROOM = 1e14, 101559956668415
local DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

-- A number that these scripts have written, or nil.
local function numberIn(text)
  local number = 0
  for at = 1, #text do
    local code = string.byte(text, at)
    if code >= 48 and code <= 57 then
      number = number * 36 + code - 48
    elseif code >= 97 and code <= 122 then
      number = number * 36 + code - 87
    else
      return nil
    end
  end
  return number < HIGHEST and number or nil
end

local function digitsOf(number)
  local left, text = math.floor(math.min(number, ROOM)), ''
  for _ = 1, 9 do
    local digit = left % 36
    text = string.sub(DIGITS, digit + 1, digit + 1) .. text
    left = (left - digit) / 36
  end
  return text
end

-- Returns the contents of a user's key, its numbers as texts; nil if the key is missing, unreadable or of another type.
local function userIn(key)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'string' or string.sub(text, 1, 1) ~= VERSION then return nil end
  local ruleLength = string.sub(text, 3, 5) == '---' and 0 or numberIn(string.sub(text, 3, 5))
  if not ruleLength or #text < HEAD + ruleLength or (#text - HEAD - ruleLength) % ENTRY ~= 0 then return nil end
  local user = {
    text = text, reason = string.sub(text, 2, 2), rule = string.sub(text, HEAD + 1, HEAD + ruleLength),
    floor = string.sub(text, 6, 14), floorAt = string.sub(text, 15, 23), spared = string.sub(text, 24, 32),
    evicted = string.sub(text, 33, 41), latest = string.sub(text, 42, 50), others = string.sub(text, 51, 59),
    entries = {},
  }
  for at = HEAD + ruleLength + 1, #text, ENTRY do
    local ending = numberIn(string.sub(text, at + 38, at + 46))
    user.entries[#user.entries + 1] = {
      ref = string.sub(text, at, at + 20), browser = string.sub(text, at + 21, at + 28),
      number = numberIn(string.sub(text, at + 29, at + 37)),
      until_ = ending and ending % CLASS_STEP, class = ending and math.floor(ending / CLASS_STEP),
    }
  end
  return user
end

-- Gives a user a person's own rule, unless the user has a later one. Returns true if the rule is the user's now.
local function takeRule(user, rule)
  local present = numberIn(string.sub(user.rule, 1, 9))
  if user.rule ~= '' and present and present > (numberIn(string.sub(rule, 1, 9)) or 0) then return false end
  user.rule = rule
  return true
end

-- Stores the contents of a user's key, and keeps its TTL or lengthens it. Answers as SET does.
local function store(key, user, ttlMs)
  local ruleLength = user.rule == '' and '---' or string.sub(digitsOf(#user.rule), 7)
  local parts = {
    VERSION, user.reason, ruleLength, user.floor, user.floorAt, user.spared, user.evicted, user.latest, user.others, user.rule,
  }
  for _, entry in ipairs(user.entries) do
    local ending = math.min(entry.until_ or 0, CLASS_STEP - 1) + (entry.class or 0) * CLASS_STEP
    parts[#parts + 1] = entry.ref .. entry.browser .. digitsOf(entry.number or 0) .. digitsOf(ending)
  end
  local text = table.concat(parts)
  if ttlMs then return redis.call('SET', key, text, 'PX', math.floor(math.max(ttlMs, redis.call('PTTL', key)))) end
  if text == user.text then return nil end
  return redis.pcall('SET', key, text, 'KEEPTTL')
end
