--[[
  Puts a person's own rule into the user's key, and publishes the change. A user without a key gets one, so that
  sign-ins under way find the rule.

  Input:
    KEYS[1] the user's key
    ARGV[1] the rule, as the user's key holds it
    ARGV[2] now, in milliseconds since 1970
    ARGV[3] how long the rule is known at least, in milliseconds
    ARGV[4] the channel, ARGV[5] the message

  Output: '' if the user has the rule now, or else the number of the user's later rule
]]
--@include lib/user-key.lua
local key = KEYS[1]
local user = userIn(key)
if not user then
  -- A damaged key stays as it is: its user's sessions have ended, and the next sign-in replaces it.
  if redis.call('EXISTS', key) == 1 then return '' end
  -- Sessions from before a lost key stay ended.
  user = {
    reason = NO_REASON, rule = '', floor = digitsOf(tonumber(ARGV[2])), floorAt = ZERO, spared = ZERO, evicted = ZERO, latest = ZERO,
    others = ZERO, entries = {},
  }
end
if not takeRule(user, ARGV[1]) then return string.format('%.0f', numberIn(string.sub(user.rule, 1, 9))) end
local keptMs = math.max(redis.call('PTTL', key), tonumber(ARGV[3]))
store(key, user, keptMs)
-- Watching processes also poll, so a refused PUBLISH must not undo the change.
redis.pcall('PUBLISH', ARGV[4], ARGV[5])
return ''
