#include "envtool/app/forwarded_hub.h"

namespace app {

http::Response ForwardedHub::send(const http::Request& request, std::stop_token stop) {
  forward_.take_problem();  // of a request that nobody waited for
  http::Response response = http_.send(request, std::move(stop));
  if (response.status != 0) return response;
  if (const std::optional<base::Error> problem = forward_.take_problem()) {
    const base::Diagnostic& why = problem->diagnostics().front();
    response.problem = why.message;
    response.hint = why.hints.empty() ? "" : why.hints.front();
  }
  return response;
}

}  // namespace app
