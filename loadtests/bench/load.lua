-- What wrk sends and says. With BENCH_REQUESTS, a file of whole requests with a NUL after each, it sends those in turn;
-- else the one of its command line.
local file = os.getenv("BENCH_REQUESTS")

if file then
  local requests, at = {}, 0
  for one in io.open(file, "rb"):read("*a"):gmatch("([^%z]+)%z") do
    requests[#requests + 1] = one
  end
  request = function()
    at = at % #requests + 1
    return requests[at]
  end
end

done = function(summary)
  local errors = summary.errors
  print(string.format(
    'RESULT {"requests": %d, "seconds": %f, "errors": %d}',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
