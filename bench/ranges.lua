-- For wrk: reads of 1 MiB at random places of a file. Arguments: the file's bytes. The last line it prints is bytes a
-- second and how many answers were none, or no 2xx.

local length = 1048576

function init(args)
  pieces = math.floor(tonumber(args[1]) / length)
  math.randomseed(1)
end

function request()
  local offset = math.random(0, pieces - 1) * length
  return wrk.format("GET", nil, { Range = "bytes=" .. offset .. "-" .. (offset + length - 1) })
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format("%.0f %d", summary.bytes / summary.duration * 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
