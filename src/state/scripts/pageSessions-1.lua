--[[
  Reads sessions from a shelf of the list of all, in the order of their refs.

  Input:
    KEYS[1] the shelf
    ARGV[1] the ref behind which to continue, '' for the first one
    ARGV[2] how many to read at most

  Output: array of refs; empty if the key holds another type, which the next sign-in repairs
]]
local rows = redis.pcall('ZREVRANGEBYSCORE', KEYS[1], '+inf', '-inf')
if rows.err then return {} end

-- Lua's own comparison follows the locale of the server, and after a failover another server answers.
local LENGTH = 21
local function isBefore(one, other)
  for at = 1, LENGTH do
    local a, b = string.byte(one, at), string.byte(other, at)
    if a ~= b then return a < b end
  end
  return false
end

-- Sorts the found refs, and keeps only as many as are wanted.
local limit, found, last = tonumber(ARGV[2]), {}, nil
local function cut()
  table.sort(found, isBefore)
  for at = #found, limit + 1, -1 do found[at] = nil end
  last = #found == limit and found[limit] or nil
end

for _, ref in ipairs(rows) do
  local isRef = #ref == LENGTH and string.find(ref, '^[%w_-]+$')
  if isRef and (ARGV[1] == '' or isBefore(ARGV[1], ref)) and not (last and isBefore(last, ref)) then
    found[#found + 1] = ref
    -- A shelf that is much too large is not sorted as a whole.
    if #found > 2 * limit then cut() end
  end
end
cut()
return found
