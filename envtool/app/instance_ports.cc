#include "envtool/app/instance_ports.h"

#include <fmt/format.h>

#include "envtool/app/memory_file.h"
#include "envtool/base/error.h"
#include "envtool/sys/file.h"
#include "envtool/sys/network.h"

namespace app {
namespace {

/// By id of the instance.
using Book = std::map<std::string, HostPorts>;

constexpr std::uint32_t kHighestPort = 65535;

fs::path book_file(const Project& project) { return project.state_directory() / "ports.json"; }

HostPorts read_ports(const doc::Value& value) {
  HostPorts ports;
  if (!value.is_map()) return ports;
  for (const doc::Entry& entry : value.as_map()) {
    const bool possible = entry.value.is_integer() && entry.value.as_integer() > 0 && entry.value.as_integer() <= kHighestPort;
    if (possible) ports[entry.key] = static_cast<std::uint16_t>(entry.value.as_integer());
  }
  return ports;
}

/// A file that can't be read counts as empty: ports are chosen anew then.
Book read_book(const Project& project) {
  Book book;
  const doc::Value memory = read_memory(book_file(project));
  for (const doc::Entry& entry : memory.as_map()) book[entry.key] = read_ports(entry.value);
  return book;
}

void write_book(const Project& project, const Book& book) {
  doc::Map memory;
  for (const auto& [id, ports] : book) {
    doc::Map numbers;
    for (const auto& [name, port] : ports) numbers.append(name, std::int64_t{port});
    memory.append(id, std::move(numbers));
  }
  write_memory(book_file(project), std::move(memory));
}

sys::FileLock lock_book(const Project& project) {
  sys::make_folder(project.state_directory());
  return sys::FileLock::acquire(project.state_directory() / "ports.lock");
}

bool can_be_published(const std::string& address, std::uint16_t port) { return sys::listen_problem(address, port).empty(); }

PortChoice make_choice(const Book& book, const std::string& id, const HostPorts& fixed, PortInUse in_use) {
  PortChoice choice{fixed, {}, {}, {}, can_be_published};
  for (const auto& [other, ports] : book) {
    if (other == id) choice.remembered = ports;
    if (other == id) continue;
    for (const auto& [name, port] : ports) choice.taken.insert(port);
  }
  choice.keeps = in_use == PortInUse::replace ? choice.is_free : [](const std::string&, std::uint16_t) { return true; };
  return choice;
}

std::uint16_t first_free(const model::Port& port, const PortChoice& choice, const std::set<std::uint16_t>& taken) {
  for (std::uint32_t number = port.host_port + 1U; number <= kHighestPort; ++number) {
    const auto candidate = static_cast<std::uint16_t>(number);
    if (!taken.contains(candidate) && choice.is_free(port.host_ip, candidate)) return candidate;
  }
  throw base::Error(fmt::format("no port above {} is free for `{}`", port.host_port, port.name), port.span)
      .hint(fmt::format("choose one with `--set ports.{}.host_port=NUMBER`", port.name));
}

}  // namespace

HostPorts choose_ports(const std::vector<model::Port>& ports, const PortChoice& choice) {
  HostPorts chosen = choice.fixed;
  std::set<std::uint16_t> taken = choice.taken;
  for (const auto& [name, port] : choice.fixed) taken.insert(port);
  std::vector<const model::Port*> wanting;
  for (const model::Port& port : ports) {
    if (chosen.contains(port.name)) continue;
    const auto before = choice.remembered.find(port.name);
    const bool keeps = before != choice.remembered.end() && !taken.contains(before->second) && choice.keeps(port.host_ip, before->second);
    if (keeps) taken.insert(chosen[port.name] = before->second);
    if (!keeps) wanting.push_back(&port);
  }
  for (const model::Port& port : ports) taken.insert(port.host_port);
  for (const model::Port* port : wanting) taken.insert(chosen[port->name] = first_free(*port, choice, taken));
  return chosen;
}

HostPorts remembered_ports(const Project& project, const std::string& id) { return read_book(project)[id]; }

HostPorts propose_ports(const Project& project, const model::Env& env, const HostPorts& fixed) {
  return choose_ports(env.ports, make_choice(read_book(project), env.id(), fixed, PortInUse::keep));
}

HostPorts reserve_ports(const Project& project, const model::Env& env, const HostPorts& fixed, PortInUse in_use) {
  const sys::FileLock lock = lock_book(project);
  Book book = read_book(project);
  HostPorts ports = choose_ports(env.ports, make_choice(book, env.id(), fixed, in_use));
  if (book[env.id()] == ports) return ports;
  book[env.id()] = ports;
  write_book(project, book);
  return ports;
}

void forget_ports(const Project& project, const std::string& id) {
  const sys::FileLock lock = lock_book(project);
  Book book = read_book(project);
  if (book.erase(id) > 0) write_book(project, book);
}

}  // namespace app
