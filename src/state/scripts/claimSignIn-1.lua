--[[
  Gives a new sign-in its number in the user's order, and ends what it ends, in one step: of any number of
  simultaneous sign-ins exactly as many browsers stay as the limit allows.

  Input:
    KEYS[1] the user's key
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the new session's ref
    ARGV[3] its kind; only a browser's gets a place here
    ARGV[4] its browser
    ARGV[5] its own absolute end, in milliseconds since 1970
    ARGV[6] how many browsers may be signed in, or '' for no limit
    ARGV[7] '1' if a sign-in over the limit is refused, '' if it ends the oldest
    ARGV[8] how long the key is needed, in milliseconds
    ARGV[9] the highest number of browser sessions of a user, even without a limit; the next ends the oldest
    ARGV[10] how long ago a sign-in of the same browser may be and still be the same form sent twice, in milliseconds
    ARGV[11] the number below which sessions were revoked when the sign-in was called
    ARGV[12] when its authentication began, in milliseconds since 1970, or '' for the time of the call
    ARGV[13] the channel on which a loss is published, ARGV[14] the message
    ARGV[15] the person's own rule, or '' for none
    ARGV[16] the lowest number that it may get: sessions with lower numbers have been ended together
    ARGV[17] the number of its class of devices, and ARGV[18] the limits of the classes (classLimitsIn)
    ARGV[19..] refs that are over and do not count

  Output: array
    [1] the number given, or '' if refused
    [2] the refs that lost, or if refused the sessions that prevent it; none if all sessions were revoked meanwhile
    [3] the refs of the same browser that this sign-in replaces; they keep their place until they are ended
    [4] if refused, the text of the user's key, or else ''
    [5] the refs that lost by the limit of their class, each behind its number, or if refused '1' if that limit refuses it
]]
--@include lib/limit.lua
-- The refs of the sessions of other browsers, and the number of those browsers. With a class, of that class alone.
local function othersOf(entries, browser, class)
  local refs, browsers, count = {}, {}, 0
  for _, entry in ipairs(entries) do
    if entry.browser ~= browser and (not class or entry.class == class) then
      refs[#refs + 1] = entry.ref
      if not browsers[entry.browser] then
        browsers[entry.browser] = true
        count = count + 1
      end
    end
  end
  return refs, count
end

local key, now, ref = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local isBrowser, browser, limit = ARGV[3] == 'browser', ARGV[4], tonumber(ARGV[6])
local class, classLimits = tonumber(ARGV[17]), classLimitsIn(ARGV[18])
local over = {}
for i = 19, #ARGV do over[ARGV[i]] = true end

-- A new or damaged key has no floor, and begins here. Earlier sessions stay ended.
local user = userIn(key)
local begins = not (user and numberIn(user.latest) and numberIn(user.floor) and numberIn(user.floorAt))
local entries = begins and {} or lastingEntries(user, now, over)

-- The script refuses a user who authenticated before, or at the same millisecond as, the last revocation (rule M35).
if not begins and user.reason ~= NO_REASON then
  local raised = numberIn(user.floor) > tonumber(ARGV[11])
  if raised or ARGV[12] ~= '' and tonumber(ARGV[12]) <= numberIn(user.floorAt) then return { '', {}, {}, '' } end
end

-- Several processes can take over one session of express-session at once. Its ref has one place and one number.
for _, entry in ipairs(entries) do
  if entry.ref == ref then return { string.format('%.0f', entry.number), {}, {}, '', {} } end
end

if isBrowser and limit and ARGV[7] == '1' then
  local ofClass, browsersOfClass = othersOf(entries, browser, class)
  if classLimits[class] and browsersOfClass >= classLimits[class] then return { '', ofClass, {}, user.text, '1' } end
  local others, browsers = othersOf(entries, browser, nil)
  if browsers >= limit then return { '', others, {}, user.text, '' } end
end

-- Numbers never fall behind the clock: should this key ever be lost, sessions from before stay below its floor.
-- And a sign-in that is granted holds: its number passes all that ends others, damaged or not.
local number = math.max(now, tonumber(ARGV[16]))
if user then
  for _, name in ipairs({ 'floor', 'evicted', 'others' }) do number = math.max(number, numberIn(user[name]) or 0) end
  number = math.max(number, (numberIn(user.latest) or 0) + 1)
end
local text = digitsOf(number)
if begins then
  user = { reason = NO_REASON, rule = '', floor = text, floorAt = ZERO, spared = ZERO, evicted = ZERO, others = ZERO }
end
user.latest = text
if ARGV[15] ~= '' then takeRule(user, ARGV[15]) end
-- A damaged number no longer shows which sessions have lost, so all earlier sessions have lost.
if not numberIn(user.evicted) then user.evicted = text end
if not numberIn(user.others) then user.others = text end

-- The same browser's latest sign-in may be the same form sent twice: its twin. All earlier sign-ins are replaced.
local replaced, leaving, hasTwin = {}, {}, false
for i = #entries, 1, -1 do
  local entry = entries[i]
  if isBrowser and entry.browser == browser then
    if hasTwin or entry.number < now - tonumber(ARGV[10]) then
      replaced[#replaced + 1] = entry.ref
      leaving[entry.ref] = true
    end
    hasTwin = true
  end
end
if isBrowser then
  entries[#entries + 1] = { ref = ref, browser = browser, number = number, until_ = tonumber(ARGV[5]), class = class }
end
-- A program's sign-in ends no browser.
local lost, lostByClass =
  evict(user, entries, isBrowser and limit or nil, tonumber(ARGV[9]), leaving, isBrowser and classLimits or {})
store(key, user, tonumber(ARGV[8]))
if #lost + #lostByClass > 0 then redis.pcall('PUBLISH', ARGV[13], ARGV[14]) end
return { string.format('%.0f', number), lost, replaced, '', lostByClass }
