-- The server's time in milliseconds since 1970.
local function serverNow()
  local time = redis.call('TIME')
  return time[1] .. string.sub(string.format('%06d', time[2]), 1, 3)
end

-- Returns true if a session that ends at `endsAt` is over, by the caller's clock or, if that is '', by the server's.
local function isOver(endsAt, callersNow)
  local now = callersNow ~= '' and callersNow or serverNow()
  return not (tonumber(now) < tonumber(endsAt))
end
