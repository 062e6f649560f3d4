--[[
  Counts uses within a window of time, up to a limit. The window begins with the first use. A counter that has no number
  counts as full until its window ends.

  Input:
    KEYS[1] the counter
    ARGV[1] the limit
    ARGV[2] the length of the window, in milliseconds
    ARGV[3] the uses to count; below 0 the uses to give back

  Output: array
    [1] the uses that were counted
    [2] the uses that remain
    [3] milliseconds until the window ends
]]
local limit, wanted = tonumber(ARGV[1]), tonumber(ARGV[3])
local leftMs = redis.call('PTTL', KEYS[1])
local used = 0
if leftMs > 0 then
  local text = redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) or ''
  used = tonumber(string.match(text, '^%d%d?%d?%d?%d?%d?%d?%d?%d?$') or limit)
else
  leftMs = tonumber(ARGV[2])
end
local counted = math.max(-used, math.min(wanted, math.max(0, limit - used)))
if counted ~= 0 then redis.call('SET', KEYS[1], string.format('%d', used + counted), 'PX', leftMs) end
return { counted, math.max(0, limit - used - counted), leftMs }
