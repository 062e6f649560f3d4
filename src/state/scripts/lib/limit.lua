--@include lib/user-key.lua
-- The entries of sessions that have not reached their own end and are not named in `over`, oldest first. An entry
-- with a higher number than the latest is damaged and left out.
local function lastingEntries(user, now, over)
  local entries, latest = {}, numberIn(user.latest) or 0
  for _, entry in ipairs(user.entries) do
    local sound = entry.number and entry.until_ and entry.number <= latest
    if sound and entry.until_ > now and not over[entry.ref] then entries[#entries + 1] = entry end
  end
  return entries
end

-- Ends the sessions beyond the newest `limit` browsers, if there is a limit, and beyond the newest `most` sessions,
-- of which those named in `leaving` take no place. Raises `evicted` above them, so that no later sign-out can bring
-- them back. Returns the refs that lost; the others stay as the user's entries.
local function evict(user, entries, limit, most, leaving)
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
  return lost
end
