#include "envtool/archive/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "envtool/archive/disk.h"
#include "envtool/base/error.h"
#include "envtool/base/strings.h"
#include "envtool/sys/fd.h"

namespace archive {
namespace {

constexpr std::string_view kPlaceholder = ".gitkeep";
constexpr std::size_t kReadSize = 256 * 1024;

/// A tree with what is worked out from it once.
struct PreparedTree {
  const Tree* tree = nullptr;
  std::vector<std::pair<Pattern, const Rule*>> rules;
  std::filesystem::path real_root;
};

/// A place in the archive that layers name, or that is on the way to one.
struct Place {
  std::map<std::string, Place> children;
  std::vector<std::size_t> layers;  // what stands right here, by rank
  Owner implied_owner;              // of the directory that is needed if nothing stands here
};

/// A directory of one tree while it is walked.
struct OpenDirectory {
  std::size_t rank = 0;
  const PreparedTree* source = nullptr;
  sys::Fd descriptor;
  std::string below;  // path from the tree's root, empty at the root
  IgnoreList::Marks marks;
};

/// One claim to a name of the archive: something in an open directory, a layer, or a directory on the way to one.
struct Candidate {
  std::string name;
  const OpenDirectory* directory = nullptr;
  const Place* place = nullptr;
  std::optional<std::size_t> rank;
};

struct DirectoryCloser {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using DirectoryStream = std::unique_ptr<DIR, DirectoryCloser>;

std::string joined(std::string_view parent, std::string_view name) {
  std::string path;
  path.reserve(parent.size() + 1 + name.size());
  path += parent;
  if (!parent.empty()) path += '/';
  path += name;
  return path;
}

std::string disk_path(const OpenDirectory& directory, std::string_view name) {
  return joined(directory.source->tree->directory.native(), joined(directory.below, name));
}

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

Stamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

const Owner& owner_of(const Layer& layer) {
  return std::visit([](const auto& item) -> const Owner& { return item.owner; }, layer);
}

std::string path_of(const Layer& layer) {
  struct {
    std::string operator()(const Tree& tree) const { return tree.prefix; }
    std::string operator()(const File& file) const { return file.path; }
    std::string operator()(const Directory& directory) const { return directory.path; }
    std::string operator()(const Symlink& link) const { return link.path; }
  } path;
  return std::visit(path, layer);
}

/// The parts of a path in the archive. Refuses `..`, which no archive may hold.
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  for (std::string& part : base::split(path, '/')) {
    if (part == "..") throw base::Error(fmt::format("`{}` leads out of the archive", path));
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
  }
  return parts;
}

void add_place(Place& root, const Layer& layer, std::size_t rank) {
  Place* place = &root;
  for (const std::string& part : parts_of(path_of(layer))) {
    const auto [found, is_new] = place->children.try_emplace(part);
    place = &found->second;
    if (is_new) place->implied_owner = owner_of(layer);
  }
  place->layers.push_back(rank);
}

PreparedTree prepare(const Tree& tree) {
  PreparedTree prepared{&tree, {}, {}};
  std::error_code failure;
  prepared.real_root = std::filesystem::canonical(tree.directory, failure);
  if (failure) {
    throw base::Error(fmt::format("cannot read `{}`: {}", tree.directory.native(), failure.message()));
  }
  for (const Rule& rule : tree.rules) prepared.rules.emplace_back(Pattern(rule.pattern), &rule);
  return prepared;
}

sys::Fd open_directory(int parent, const char* name, const std::filesystem::path& path) {
  const int extra = parent == AT_FDCWD ? 0 : O_NOFOLLOW;
  sys::Fd descriptor(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | extra));
  if (descriptor.get() < 0) throw_errno("read directory", path);
  return descriptor;
}

std::string read_link(const OpenDirectory& directory, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlinkat(directory.descriptor.get(), name.c_str(), target.data(), target.size());
  if (size < 0) throw_errno("read link", disk_path(directory, name));
  target.resize(static_cast<std::size_t>(size));
  return target;
}

bool is_within(const std::filesystem::path& path, const std::filesystem::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

/// Both as written and as this machine resolves it, a link has to stay in its tree.
void check_link(const OpenDirectory& directory, const std::string& name, const std::string& target) {
  const std::filesystem::path& root = directory.source->real_root;
  const std::filesystem::path written = root / directory.below / target;
  std::error_code failure;
  const std::filesystem::path real = std::filesystem::weakly_canonical(written, failure);
  const bool stays = is_within(written.lexically_normal(), root) && (failure || is_within(real, root));
  if (stays) return;
  throw base::Error(
      fmt::format("symlink `{}` leaves its tree: it points to `{}`", disk_path(directory, name), target))
      .hint("make the link relative and keep it inside, or replace it by what it points to");
}

Kind kind_of(mode_t mode, const std::string& path) {
  if (S_ISREG(mode)) return Kind::file;
  if (S_ISDIR(mode)) return Kind::directory;
  if (S_ISLNK(mode)) return Kind::symlink;
  throw base::Error(fmt::format("cannot archive `{}`: expected a file, a directory or a symlink", path));
}

std::uint32_t default_mode(const Modes& modes, const struct stat& status) {
  if (S_ISDIR(status.st_mode)) return modes.directory;
  if (S_ISLNK(status.st_mode)) return 0777;
  return (status.st_mode & S_IXUSR) != 0 ? modes.executable : modes.file;
}

void apply_rules(Entry& entry, const PreparedTree& source, const std::string& below) {
  for (const auto& [pattern, rule] : source.rules) {
    if (!pattern.matches(below)) continue;
    if (rule->mode && entry.kind != Kind::symlink) entry.mode = *rule->mode;
    if (rule->owner) entry.owner = *rule->owner;
  }
}

/// What a candidate would be in the archive; of several the highest rank counts.
struct Choice {
  const Candidate* candidate = nullptr;
  Entry entry;
  IgnoreList::Marks marks;
  bool ignored = false;
};

struct stat status_of(const OpenDirectory& directory, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory.descriptor.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_errno("read", disk_path(directory, name));
  }
  return status;
}

Entry entry_from(const OpenDirectory& directory, const std::string& name, const struct stat& status) {
  const Tree& tree = *directory.source->tree;
  Entry entry;
  entry.origin = disk_path(directory, name);
  entry.kind = kind_of(status.st_mode, entry.origin);
  entry.mode = default_mode(tree.modes, status);
  entry.owner = tree.owner;
  entry.disk = {directory.descriptor.get(), name.c_str(), stamp_of(status)};
  if (entry.kind == Kind::file) entry.size = entry.disk.stamp.size;
  if (entry.kind != Kind::symlink) return entry;
  entry.target = read_link(directory, name);
  check_link(directory, name, entry.target);
  return entry;
}

Entry entry_from(const Tree& tree) {
  Entry entry;
  entry.kind = Kind::directory;
  entry.mode = tree.modes.directory;
  entry.origin = tree.directory.native();
  return entry;
}

Entry entry_from(const File& file) {
  Entry entry;
  entry.mode = file.mode;
  entry.size = file.content.size();
  entry.text = &file.content;
  return entry;
}

Entry entry_from(const Directory& directory) {
  Entry entry;
  entry.kind = Kind::directory;
  entry.mode = directory.mode;
  return entry;
}

Entry entry_from(const Symlink& link) {
  Entry entry;
  entry.kind = Kind::symlink;
  entry.mode = 0777;
  entry.target = link.target;
  return entry;
}

Entry implied_directory(const Owner& owner) {
  Entry entry;
  entry.kind = Kind::directory;
  entry.mode = Modes().directory;
  entry.owner = owner;
  return entry;
}

Entry entry_from(const Layer& layer) {
  Entry entry = std::visit([](const auto& item) { return entry_from(item); }, layer);
  entry.owner = owner_of(layer);
  return entry;
}

[[noreturn]] void throw_clash(const Entry& one, const Entry& other) {
  const auto& [directory, leaf] = one.kind == Kind::directory ? std::tie(one, other) : std::tie(other, one);
  throw base::Error(fmt::format("`{}` is a directory in one layer and not in another", one.path))
      .note(fmt::format("the directory is `{}`, the other is `{}`", directory.origin, leaf.origin));
}

/// Adds what a directory on disk holds.
void list(const OpenDirectory& directory, std::vector<Candidate>& into) {
  const std::string path = disk_path(directory, "");
  const DirectoryStream stream(::fdopendir(::fcntl(directory.descriptor.get(), F_DUPFD_CLOEXEC, 0)));
  if (!stream) throw_errno("read directory", path);
  while (true) {
    errno = 0;
    const dirent* item = ::readdir(stream.get());
    if (item == nullptr && errno != 0) throw_errno("read directory", path);
    if (item == nullptr) return;
    const std::string_view name = item->d_name;
    if (name == "." || name == ".." || name == kPlaceholder) continue;
    into.push_back({std::string(name), &directory, nullptr, directory.rank});
  }
}

/// Adds what layers put at a place.
void list(const std::string& name, const Place& place, std::vector<Candidate>& into) {
  if (place.layers.empty() || !place.children.empty()) into.push_back({name, nullptr, &place, std::nullopt});
  for (const std::size_t rank : place.layers) into.push_back({name, nullptr, &place, rank});
}

/// An ignored directory has less say than anything that is not.
bool weighs_less(const Choice& a, const Choice& b) {
  return std::pair(!a.ignored, a.candidate->rank) < std::pair(!b.ignored, b.candidate->rank);
}

/// The walk itself. All sources of one directory are open at once and merged name by name.
class Walker {
 public:
  /// Without `problems`, the first one is thrown; else what is bad is reported and left out.
  Walker(const std::vector<Layer>& layers, const std::function<void(const Entry&)>& visit, base::Diagnostics* problems = nullptr);
  void run();

 private:
  using Candidates = std::vector<Candidate>;
  using Iterator = Candidates::const_iterator;

  void visit_all(const std::string& parent, Candidates& all);
  void visit_name(const std::string& path, Iterator begin, Iterator end);
  std::optional<Choice> consider(const Candidate& candidate, const std::string& path) const;
  std::optional<Choice> consider_disk(const Candidate& candidate) const;
  /// What `work` returns, or nothing if it throws and problems are reported.
  template <typename Work>
  auto tolerant(const Work& work) const -> decltype(work());
  void visit_directory(const Entry& entry, bool ignored, const std::vector<Choice>& choices);
  std::optional<OpenDirectory> open(const Choice& choice) const;
  void emit(const Entry& entry);

  const std::vector<Layer>& layers_;
  const std::function<void(const Entry&)>& visit_;
  base::Diagnostics* problems_;
  std::map<std::size_t, PreparedTree> trees_;  // by rank
  Place root_;
  std::vector<Entry> withheld_;  // ignored directories, shown if something below them is
};

Walker::Walker(const std::vector<Layer>& layers, const std::function<void(const Entry&)>& visit, base::Diagnostics* problems)
    : layers_(layers), visit_(visit), problems_(problems) {
  for (std::size_t rank = 0; rank < layers.size(); ++rank) {
    add_place(root_, layers[rank], rank);
    if (const auto* tree = std::get_if<Tree>(&layers[rank])) trees_.emplace(rank, prepare(*tree));
  }
}

void Walker::run() {
  Candidates root;
  list("", root_, root);
  visit_name("", root.begin(), root.end());
}

void Walker::visit_all(const std::string& parent, Candidates& all) {
  std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.name < b.name; });
  for (auto begin = all.cbegin(); begin != all.cend();) {
    const auto end = std::find_if(begin, all.cend(), [&](const Candidate& c) { return c.name != begin->name; });
    visit_name(joined(parent, begin->name), begin, end);
    begin = end;
  }
}

void Walker::visit_name(const std::string& path, Iterator begin, Iterator end) {
  std::vector<Choice> choices;
  for (; begin != end; ++begin) {
    if (auto choice = consider(*begin, path)) choices.push_back(std::move(*choice));
  }
  if (choices.empty()) return;
  const Choice& winner = *std::max_element(choices.begin(), choices.end(), weighs_less);
  const bool is_directory = winner.entry.kind == Kind::directory;
  for (const Choice& choice : choices) {
    if ((choice.entry.kind == Kind::directory) != is_directory) throw_clash(choice.entry, winner.entry);
  }
  if (is_directory) {
    visit_directory(winner.entry, winner.ignored, choices);
  } else {
    emit(winner.entry);
  }
}

template <typename Work>
auto Walker::tolerant(const Work& work) const -> decltype(work()) {
  try {
    return work();
  } catch (const base::Error& error) {
    if (problems_ == nullptr) throw;
    problems_->add(error);
    return {};
  }
}

/// The choice that a candidate is, or nothing if its tree ignores it and all that may be below it.
std::optional<Choice> Walker::consider(const Candidate& candidate, const std::string& path) const {
  std::optional<Choice> choice;
  if (candidate.directory != nullptr) {
    choice = tolerant([&] { return consider_disk(candidate); });
  } else if (candidate.rank) {
    choice = Choice{&candidate, entry_from(layers_[*candidate.rank]), {}, false};
  } else {
    choice = Choice{&candidate, implied_directory(candidate.place->implied_owner), {}, false};
  }
  if (!choice) return choice;
  choice->entry.path = path;
  if (choice->entry.origin.empty()) choice->entry.origin = path;
  return choice;
}

std::optional<Choice> Walker::consider_disk(const Candidate& candidate) const {
  const OpenDirectory& directory = *candidate.directory;
  const PreparedTree& source = *directory.source;
  const std::string below = joined(directory.below, candidate.name);
  IgnoreList::Marks marks = directory.marks;
  const bool ignored = !source.tree->ignore.empty() && source.tree->ignore.ignores(below, marks);
  if (ignored && !source.tree->ignore.may_want_below(below, marks)) return std::nullopt;
  const struct stat status = status_of(directory, candidate.name);
  if (ignored && !S_ISDIR(status.st_mode)) return std::nullopt;
  Choice choice{&candidate, entry_from(directory, candidate.name, status), std::move(marks), ignored};
  apply_rules(choice.entry, source, below);
  return choice;
}

/// The directory on disk that a choice stands for, if any.
std::optional<OpenDirectory> Walker::open(const Choice& choice) const {
  const Candidate& candidate = *choice.candidate;
  if (const OpenDirectory* parent = candidate.directory) {
    return OpenDirectory{parent->rank, parent->source,
                         open_directory(parent->descriptor.get(), candidate.name.c_str(), choice.entry.origin),
                         joined(parent->below, candidate.name), choice.marks};
  }
  const auto tree = candidate.rank ? trees_.find(*candidate.rank) : trees_.end();
  if (tree == trees_.end()) return std::nullopt;
  const std::filesystem::path& path = tree->second.tree->directory;
  return OpenDirectory{tree->first, &tree->second, open_directory(AT_FDCWD, path.c_str(), path), "", {}};
}

void Walker::visit_directory(const Entry& entry, bool ignored, const std::vector<Choice>& choices) {
  if (ignored) {
    withheld_.push_back(entry);
  } else {
    emit(entry);
  }
  std::deque<OpenDirectory> opened;
  Candidates all;
  const Place* place = nullptr;
  for (const Choice& choice : choices) {
    if (auto directory = tolerant([&] { return open(choice); })) list(opened.emplace_back(std::move(*directory)), all);
    if (choice.candidate->place != nullptr) place = choice.candidate->place;
  }
  if (place != nullptr) {
    for (const auto& [name, child] : place->children) list(name, child, all);
  }
  visit_all(entry.path, all);
  if (ignored && !withheld_.empty()) withheld_.pop_back();
}

void Walker::emit(const Entry& entry) {
  for (const Entry& above : withheld_) visit_(above);
  withheld_.clear();
  visit_(entry);
}

void read_disk(const Entry& entry, std::string& buffer, const Sink& sink) {
  const sys::Fd file(::openat(entry.disk.directory, entry.disk.name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) throw_errno("read", entry.origin);
  for (std::uint64_t left = entry.size; left > 0;) {
    const std::size_t wanted = std::min<std::uint64_t>(left, buffer.size());
    const ssize_t got = ::read(file.get(), buffer.data(), wanted);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read", entry.origin);
    if (got == 0) throw base::Error(fmt::format("`{}` became shorter while it was read", entry.origin));
    sink({buffer.data(), static_cast<std::size_t>(got)});
    left -= static_cast<std::uint64_t>(got);
  }
}

}  // namespace

void walk(const std::vector<Layer>& layers, const std::function<void(const Entry&)>& visit) {
  Walker(layers, visit).run();
}

void check_tree(const Tree& tree, base::Diagnostics& problems) {
  const std::vector<Layer> layers{tree};
  const auto look = [&problems](const Entry& entry) {
    if (entry.kind != Kind::file || ::faccessat(entry.disk.directory, entry.disk.name, R_OK, AT_EACCESS) == 0) return;
    problems.error(fmt::format("cannot read `{}`: {}", entry.origin, std::strerror(errno)));
  };
  const std::function<void(const Entry&)> visit = look;
  Walker(layers, visit, &problems).run();
}

void read_content(const Entry& entry, std::string& buffer, const Sink& sink) {
  if (entry.text != nullptr) return sink(*entry.text);
  if (const std::size_t wanted = std::min<std::uint64_t>(entry.size, kReadSize); buffer.size() < wanted) buffer.resize(wanted);
  read_disk(entry, buffer, sink);
}

}  // namespace archive
