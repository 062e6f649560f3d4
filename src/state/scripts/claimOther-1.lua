--[[
  Gives an API, embed or sudo session that has its number a place in the user's order of API, embed and sudo sessions.
  The order is bounded: the oldest beyond it fall off. They keep their rows, so that a repetition finds them: the caller
  ends them first, and removes the rows.

  Input:
    KEYS[1] the user's order of API, embed and sudo sessions
    ARGV[1] now, in milliseconds since 1970
    ARGV[2] the new session's ref
    ARGV[3] its number
    ARGV[4] its own absolute end, in milliseconds since 1970
    ARGV[5] the highest number of API, embed and sudo sessions of a user
    ARGV[6] how long the key is needed, in milliseconds
    ARGV[7] the most refs that the script returns; later sign-ins get the others

  Output: array
    [1] the number below which all fall off, or '' if none does
    [2] the refs of the oldest that fall off
]]
--@include lib/others.lua
local key, now, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[5])
-- Sessions whose places are damaged can't be listed, so they fall off.
local bound = othersIn(key) == 'damaged' and ARGV[3] or ''
redis.call('HSET', key, ARGV[2], digitsOf(tonumber(ARGV[3])) .. digitsOf(tonumber(ARGV[4])))
local fallen = {}
if redis.call('HLEN', key) > most then
  local flat, entries = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do
    local number, until_ = numberIn(string.sub(flat[i + 1], 1, 9)), numberIn(string.sub(flat[i + 1], 10))
    if number and until_ and until_ > now then
      entries[#entries + 1] = { ref = flat[i], number = number }
    else
      redis.call('HDEL', key, flat[i])
    end
  end
  table.sort(entries, function(a, b) return a.number < b.number end)
  local over = #entries - most
  if over > 0 then bound = string.format('%.0f', entries[over].number + 1) end
  for i = 1, math.min(over, tonumber(ARGV[7])) do fallen[i] = entries[i].ref end
end
if redis.call('PTTL', key) < tonumber(ARGV[6]) then redis.call('PEXPIRE', key, ARGV[6]) end
return { bound, fallen }
