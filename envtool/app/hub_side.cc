#include "envtool/app/hub_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/doc/json.h"
#include "envtool/http/cookies.h"
#include "envtool/ssh/hosts.h"

namespace app {
namespace {

constexpr const char* kHub = "jupyterhub";  // containers
constexpr const char* kSlurm = "slurm";

/// As the hub's configuration has it.
constexpr const char* kSsh =
    "exec timeout 25 ssh -i \"$JUPYTERHUB_SRV_DIR/ssh_key\" -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=10"
    " -p \"$1\" \"jupyterspawner@$2\" \"$3\"";
constexpr const char* kJobName = "spawner-jupyterhub";
constexpr int kJobLogLines = 40;
constexpr std::ptrdiff_t kTellingLines = 8;

/// Jupyter's messaging protocol, version 5.3, over the web socket of its REST API.
constexpr const char* kRunCode = R"(
import asyncio, json, sys, uuid
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.websocket import websocket_connect

given = json.loads(sys.stdin.readline())


def message():
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": uuid.uuid4().hex, "username": "", "version": "5.3"}
    content = {"code": given["code"], "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}


async def start_kernel():
    headers = {**given["headers"], "X-XSRFToken": given["xsrf"]}
    request = HTTPRequest(given["url"] + "/api/kernels", "POST", headers, body="{}", request_timeout=given["seconds"])
    return json.loads((await AsyncHTTPClient().fetch(request)).body)["id"]


async def value():
    url = f"{given['url']}/api/kernels/{await start_kernel()}/channels".replace("http", "ws", 1)
    socket = await websocket_connect(HTTPRequest(url, headers=given["headers"]))
    sent = message()
    await socket.write_message(json.dumps(sent))
    while text := await socket.read_message():
        answer = json.loads(text)
        if answer["parent_header"].get("msg_id") != sent["header"]["msg_id"]:
            continue
        if answer["msg_type"] == "execute_result":
            return answer["content"]["data"]["text/plain"]
        if answer["msg_type"] == "error":
            sys.exit(answer["content"]["ename"] + ": " + answer["content"]["evalue"])
    sys.exit("the server closed the connection to the kernel")


try:
    print(asyncio.run(asyncio.wait_for(value(), given["seconds"])))
except asyncio.TimeoutError:
    sys.exit(f"the kernel gave no answer within {given['seconds']} s")
except HTTPError as error:
    sys.exit(f"the server answers {error}")
except OSError as error:
    sys.exit(f"the server can't be reached: {error}")
)";

std::vector<std::string> lines_of(const std::string& text) { return base::split(base::trim(text), '\n'); }

/// `NUMBER:STATE:REASON`
SlurmJob parse_job(const std::string& line) {
  const std::size_t state = std::min(line.find(':'), line.size() - 1);
  const std::size_t reason = std::min(line.find(':', state + 1), line.size());
  return {line.substr(0, state), line.substr(state + 1, reason - state - 1), reason < line.size() ? line.substr(reason + 1) : ""};
}

bool is_among(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string home_of(const std::string& account) { return fmt::format("/home/{}/{}", account.substr(account.find('.') + 1), account); }

/// Of a command on the Slurm host in the pod; nothing if it can't be run there.
std::string output_of(const Containers& containers, const std::vector<std::string>& command) {
  try {
    return containers.exec(kSlurm, command, {}).out;
  } catch (const base::Error&) {
    return "";
  }
}

}  // namespace

bool SlurmJob::is_waiting() const { return is_among(state, {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SUSPENDED"}); }

bool SlurmJob::is_active() const { return is_waiting() || is_among(state, {"RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING"}); }

HubSide::HubSide(const Containers& containers, const model::Env& env, const model::DeployValues& deploy)
    : containers_(containers),
      sshd_(model::parse_endpoint(model::value_of(deploy, "sshHostname"), ssh::kDefaultPort).value_or(model::Endpoint{"localhost", ssh::kDefaultPort})),
      wrappers_(model::value_of(deploy, "slurmSpawnerWrappersBin")) {
  const doc::Value* place = env.parameters.find("slurm");
  slurm_is_inside_ = place != nullptr && *place == doc::Value("pod");
}

sys::Result HubSide::over_ssh(const std::string& command, std::stop_token stop) const {
  return containers_.exec(kHub, {"sh", "-c", kSsh, "sh", std::to_string(sshd_.port), sshd_.host, command}, std::move(stop));
}

sys::Result HubSide::may_submit(const std::string& account, std::stop_token stop) const {
  std::vector<std::string> questions;
  for (const char* name : {"slurmspawner_sbatch", "slurmspawner_squeue", "slurmspawner_scancel"}) {
    questions.push_back(fmt::format("LC_ALL=C sudo -n -l -u {} {}", base::shell_quote(account), base::shell_quote(wrappers_ + "/" + name)));
  }
  return over_ssh(base::join(questions, " && "), std::move(stop));
}

sys::Result HubSide::on_slurm_host(const std::string& command, std::stop_token stop) const {
  return slurm_is_inside_ ? containers_.exec(kSlurm, {"sh", "-c", command}, std::move(stop)) : over_ssh(command, std::move(stop));
}

std::vector<SlurmJob> HubSide::jobs(const std::string& account, std::stop_token stop) const {
  const sys::Result result = on_slurm_host(
      fmt::format("squeue --noheader --states=all --user={} --name={} --format=%i:%T:%r", base::shell_quote(account), kJobName), std::move(stop));
  if (!result.ok()) throw base::Error(fmt::format("squeue on the Slurm host: {}", base::trim(result.err)));
  std::vector<SlurmJob> jobs;
  for (const std::string& line : lines_of(result.out)) {
    if (!line.empty()) jobs.push_back(parse_job(line));
  }
  return jobs;
}

bool HubSide::cancel(const std::string& number) const { return slurm_is_inside_ && containers_.exec(kSlurm, {"scancel", number}, {}).ok(); }

std::vector<std::string> HubSide::hub_log(std::time_t since) const { return lines_of(containers_.logs_since(kHub, since)); }

std::vector<std::string> HubSide::job_log(const std::string& account, const std::string& number) const {
  if (!slurm_is_inside_) return {};
  const std::string file = fmt::format("{}/jupyterhub_slurmspawner_{}.log", home_of(account), number);
  std::vector<std::string> lines = base::split(output_of(containers_, {"tail", fmt::format("--lines={}", kJobLogLines), file}), '\n');
  std::erase_if(lines, [](const std::string& line) { return line.empty() || line.starts_with(' '); });
  if (std::ssize(lines) > kTellingLines) lines.erase(lines.begin(), lines.end() - kTellingLines);
  return lines;
}

sys::Result HubSide::run_code(const KernelRequest& request, std::stop_token stop) const {
  const std::string origin = request.url.substr(0, request.url.find('/', request.url.find("://") + 3));
  std::vector<http::Header> sent = request.headers;
  http::add_cookies(sent, request.cookies);
  doc::Value headers = doc::make_map({{"Origin", origin}});
  for (const http::Header& header : sent) headers[header.name] = header.value;
  const doc::Value given = doc::make_map({{"url", request.url},
                                          {"headers", headers},
                                          {"xsrf", request.form_token},
                                          {"code", request.code},
                                          {"seconds", static_cast<std::int64_t>(request.patience.count())}});
  return containers_.exec_with_line(kHub, {"python", "-c", kRunCode}, doc::emit_json(given), std::move(stop));
}

}  // namespace app
