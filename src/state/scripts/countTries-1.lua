--[[
  Counts tries within a window of time, up to a limit of one session and up to a limit of all of the user's sessions. A
  try above the session's limit takes none from the user's. The window begins with the first try. A text that is damaged
  counts as full until its window ends.

  Input:
    KEYS[1] the tries of a user's sessions: for each try the mark of its session
    ARGV[1] the limit of all sessions
    ARGV[2] the length of the window, in milliseconds
    ARGV[3] the tries to count; -1 to give one back
    ARGV[4] the session's mark, of 8 characters
    ARGV[5] the limit of one session

  Output: array
    [1] the tries that were counted
    [2] the tries that remain to this session
    [3] milliseconds until the window ends
]]
local WIDTH = 8
local wanted, mark = tonumber(ARGV[3]), ARGV[4]
local leftMs = redis.call('PTTL', KEYS[1])
local text = ''
if leftMs > 0 then
  text = redis.call('TYPE', KEYS[1]).ok == 'string' and redis.call('GET', KEYS[1]) or '?'
  if #text % WIDTH ~= 0 then return { 0, 0, leftMs } end
else
  leftMs = tonumber(ARGV[2])
end
local own, lastAt = 0, nil
for at = 1, #text, WIDTH do
  if string.sub(text, at, at + WIDTH - 1) == mark then own, lastAt = own + 1, at end
end
local room = math.max(0, math.min(ARGV[1] - #text / WIDTH, ARGV[5] - own))
local counted = math.min(wanted, room)
if counted > 0 then
  text = text .. string.rep(mark, counted)
elseif counted < 0 then
  if lastAt then text = string.sub(text, 1, lastAt - 1) .. string.sub(text, lastAt + WIDTH) end
end
if counted ~= 0 and text ~= '' then
  redis.call('SET', KEYS[1], text, 'PX', leftMs)
elseif counted < 0 then
  redis.call('DEL', KEYS[1])
end
return { counted, room - counted, leftMs }
