--@include lib/user-key.lua
-- The entries of sessions that have not reached their own end and are not named in `over`, oldest first. An entry
-- with a higher number than the latest, or of an unknown class, is damaged and left out.
local function lastingEntries(user, now, over)
  local entries, latest = {}, numberIn(user.latest) or 0
  for _, entry in ipairs(user.entries) do
    local sound = entry.number and entry.until_ and entry.class < CLASSES and entry.number <= latest
    if sound and entry.until_ > now and not over[entry.ref] then entries[#entries + 1] = entry end
  end
  return entries
end

-- The limits of the classes of devices, by class: numbers separated by commas, empty for no limit, '' for none at all.
local function classLimitsIn(text)
  local limits, class = {}, 0
  for limit in string.gmatch(text .. ',', '([^,]*),') do
    limits[class] = tonumber(limit)
    class = class + 1
  end
  return limits
end

-- Splits the entries by the limits of classes: those beyond the newest browsers of their class, and the others. Sessions
-- that are leaving take no place.
local function beyondClasses(entries, classLimits, leaving)
  local browsers, counts, isLost = {}, {}, {}
  for i = #entries, 1, -1 do
    local entry = entries[i]
    local limit = classLimits[entry.class]
    local name = entry.class .. entry.browser
    if limit and not leaving[entry.ref] and not browsers[name] then
      counts[entry.class] = (counts[entry.class] or 0) + 1
      browsers[name] = counts[entry.class] <= limit and 'stays' or 'lost'
    end
    isLost[i] = browsers[name] == 'lost' and not leaving[entry.ref]
  end
  local lost, others = {}, {}
  for i, entry in ipairs(entries) do
    if isLost[i] then lost[#lost + 1] = entry.class .. entry.ref else others[#others + 1] = entry end
  end
  return lost, others
end

-- Ends the sessions beyond the newest `limit` browsers, if there is a limit, and beyond the newest `most` sessions,
-- of which those named in `leaving` take no place. Raises `evicted` above them, so that no later sign-out can bring
-- them back. Before that, those beyond the limits of classes lose their places, and a session without a place has ended.
-- Returns the refs that lost, and the refs that lost by their class, each behind the number of its class; the others stay as the user's entries.
local function evict(user, all, limit, most, leaving, classLimits)
  local lostByClass, entries = beyondClasses(all, classLimits, leaving)
  local browsers, count, places, highest = {}, 0, 0, 0
  local isLost = {}
  for i = #entries, 1, -1 do
    local entry = entries[i]
    if limit and not browsers[entry.browser] and count < limit then
      browsers[entry.browser] = true
      count = count + 1
    end
    if not leaving[entry.ref] then places = places + 1 end
    if (limit and not browsers[entry.browser]) or (places > most and not leaving[entry.ref]) then
      isLost[i] = true
      if entry.number > highest then highest = entry.number end
    end
  end
  -- A damaged `evicted` refuses every session, and stays until a sign-in replaces it.
  local evicted = numberIn(user.evicted)
  if evicted and highest + 1 > evicted and highest > 0 then
    evicted = highest + 1
    user.evicted = digitsOf(evicted)
  end
  local lost, kept = {}, {}
  for i, entry in ipairs(entries) do
    if leaving[entry.ref] or not (isLost[i] or entry.number < (evicted or 0)) then
      kept[#kept + 1] = entry
    else
      lost[#lost + 1] = entry.ref
    end
  end
  user.entries = kept
  return lost, lostByClass
end
