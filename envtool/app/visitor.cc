#include "envtool/app/visitor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"

namespace app {
namespace {

constexpr int kMostRedirects = 15;
constexpr int kLongestMessage = 300;
const char* const kHubPath = "/hub/";

bool is_redirect(int status) { return status >= 301 && status <= 308 && status != 304; }

std::string path_of(const std::string& place) { return place.substr(0, place.find_first_of("?#")); }

std::string form_body(const Visitor::Fields& fields) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : fields) parts.push_back(base::percent_encode(name) + "=" + base::percent_encode(value));
  return base::join(parts, "&");
}

/// Without tags, entities as they are, blanks once.
std::string text_of_html(std::string_view html) {
  std::string text;
  bool in_tag = false;
  for (const char letter : html) {
    if (letter == '<') in_tag = true;
    text += in_tag ? ' ' : letter;
    if (letter == '>') in_tag = false;
  }
  return base::join(base::words(text), " ");
}

/// A place at which the hub's pages say what went wrong.
struct ErrorPlace {
  std::string_view begin;
  std::string_view end;
};

/// After a sign-in, above a form, on a page of its own.
constexpr std::array<ErrorPlace, 3> kErrorPlaces{
    {{"class=\"login_error\"", "</p>"}, {"class=\"spawn-error-msg", "</p>"}, {"<div class=\"error\"", "</div>"}}};

std::string message_in_page(std::string_view html) {
  for (const ErrorPlace& place : kErrorPlaces) {
    const std::size_t begin = html.find(place.begin);
    if (begin == std::string_view::npos) continue;
    const std::string_view rest = html.substr(std::min(html.find('>', begin), html.size() - 1) + 1);
    return text_of_html(rest.substr(0, rest.find(place.end)));
  }
  return "";
}

base::Error no_answer(const std::string& asked, const http::Response& response) {
  base::Error error(fmt::format("{}: {}", asked, response.problem));
  if (!response.hint.empty()) std::move(error).hint(response.hint);
  return error;
}

std::string message_in(const std::string& body) {
  if (!body.starts_with('{')) return message_in_page(body);
  try {
    const doc::Value answer = doc::parse_json(body, "the answer");
    const doc::Value* message = answer.find("message");
    return message != nullptr && message->is_string() ? message->as_string() : "";
  } catch (const base::Error&) {
    return "";
  }
}

}  // namespace

std::string problem_of(const http::Response& response) {
  const std::string message = message_in(response.body).substr(0, kLongestMessage);
  return message.empty() ? fmt::format("HTTP status {}", response.status) : fmt::format("HTTP status {}: {}", response.status, message);
}

Visitor::Visitor(http::Client& client, const std::string& url, std::chrono::milliseconds patience) : client_(client), patience_(patience) {
  const std::size_t authority = url.find("://") + 3;
  const std::size_t path = std::min(url.find('/', authority), url.size());
  origin_ = url.substr(0, path);
  base_ = url.substr(path);
  while (base_.ends_with('/')) base_.pop_back();
}

http::Response Visitor::send(http::Method method, const std::string& place, std::vector<http::Header> headers, std::string body,
                             std::stop_token stop) {
  headers.insert(headers.end(), headers_.begin(), headers_.end());
  http::add_cookies(headers, jar_.header_for(path_of(place)));
  http::Response response = client_.send({method, origin_ + place, std::move(headers), std::move(body), patience_}, std::move(stop));
  if (response.status == 0) throw no_answer(fmt::format("{} {}", to_string(method), origin_ + path_of(place)), response);
  jar_.take(response, path_of(place));
  return response;
}

http::Response Visitor::get(const std::string& path, std::stop_token stop) {
  return send(http::Method::get, base_ + path, {{"Accept", "text/html"}}, "", std::move(stop));
}

http::Response Visitor::open(const std::string& path, std::stop_token stop) {
  place_ = base_ + path;
  for (int i = 0; i < kMostRedirects; ++i) {
    http::Response response = send(http::Method::get, place_, {{"Accept", "text/html"}}, "", stop);
    std::string next(response.header("location"));
    if (!is_redirect(response.status) || next.empty()) return response;
    if (next.starts_with(origin_ + "/")) next.erase(0, origin_.size());
    if (!next.starts_with('/')) throw base::Error(fmt::format("{} leads elsewhere: {}", origin_ + path_of(place_), path_of(next)));
    place_ = next;
  }
  throw base::Error(fmt::format("{} leads to one page after another, last to {}", origin_ + base_ + path, path_of(place_)));
}

http::Response Visitor::submit(const std::string& path, const Fields& fields, std::stop_token stop) {
  Fields all = fields;
  all.emplace_back("_xsrf", form_token_for(path));
  return send(http::Method::post, base_ + path, {{"Accept", "text/html"}, {"Content-Type", "application/x-www-form-urlencoded"}}, form_body(all),
              std::move(stop));
}

doc::Value Visitor::ask(const std::string& path, std::stop_token stop) {
  const http::Response response = send(http::Method::get, base_ + path, {{"Accept", "application/json"}}, "", std::move(stop));
  if (response.status != 200) throw base::Error(fmt::format("GET {}: {}", base_ + path, problem_of(response)));
  return doc::parse_json(response.body, base_ + path);
}

http::Response Visitor::remove(const std::string& path, std::stop_token stop) {
  return send(http::Method::remove, base_ + path, {{"X-XSRFToken", form_token_for(kHubPath)}}, "", std::move(stop));
}

std::optional<ServerState> Visitor::server(const std::string& user, std::stop_token stop) {
  const doc::Value model = ask("/hub/api/users/" + base::percent_encode(user), std::move(stop));
  const doc::Value* servers = model.find("servers");
  const doc::Value* server = servers == nullptr ? nullptr : servers->find("");
  if (server == nullptr) return std::nullopt;
  const doc::Value* ready = server->find("ready");
  const doc::Value* pending = server->find("pending");
  return ServerState{ready != nullptr && *ready == doc::Value(true), pending != nullptr && pending->is_string() ? pending->as_string() : ""};
}

/// The hub tells it as the only event of a stream of events (WHATWG HTML, section 9.2).
std::string Visitor::why_start_failed(const std::string& user, std::stop_token stop) {
  const std::string place = fmt::format("{}/hub/api/users/{}/server/progress", base_, base::percent_encode(user));
  const http::Response response = send(http::Method::get, place, {{"Accept", "text/event-stream"}}, "", std::move(stop));
  const std::size_t data = response.body.find("data: ");
  if (response.status != 200 || data == std::string::npos) return "";
  return message_in(response.body.substr(data + 6, response.body.find('\n', data) - data - 6)).substr(0, kLongestMessage);
}

}  // namespace app
