// What holds for all layers: the same bytes each time, and back out what went in. Seeds are fixed, and shown on failure.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>

#include "envtool/archive/digest.h"
#include "envtool/archive/read.h"
#include "envtool/archive/tar.h"

namespace archive {
namespace {

constexpr unsigned kCases = 300;

/// Files in folders of few names, each path once.
std::vector<File> random_files(std::mt19937& random) {
  static const std::vector<std::string> kNames{"a", "b-", "\xC3\xA4", std::string(120, 'n'), " ", "c.d"};
  std::map<std::string, File> files;
  for (std::size_t n = random() % 8; n > 0; --n) {
    const std::string path = "d" + std::to_string(random() % 3) + "/" + kNames[random() % kNames.size()];
    const auto id = static_cast<std::uint32_t>(random());
    files[path] = {path, std::string(random() % 2000, static_cast<char>(random())), 0600, {"user", id, "group", id}};
  }
  std::vector<File> result;
  for (auto& [path, file] : files) result.push_back(std::move(file));
  return result;
}

std::vector<Layer> layers_of(const std::vector<File>& files) { return {files.begin(), files.end()}; }

std::string tar_of(const std::vector<Layer>& layers) {
  std::string bytes;
  write_tar(layers, {}, [&](std::string_view block) { bytes += block; });
  return bytes;
}

/// The files of a tar stream with all that the test gave them.
std::vector<File> files_of(const std::string& tar) {
  std::vector<File> files;
  read_tar(bytes_source(tar), [&](const Listed& entry, const auto& content) {
    if (entry.kind != Kind::file) return;
    File& file = files.emplace_back(File{entry.path, "", entry.mode, entry.owner});
    content([&](std::string_view piece) { file.content += piece; });
  });
  return files;
}

bool same(const File& a, const File& b) {
  return a.path == b.path && a.content == b.content && a.mode == b.mode && a.owner == b.owner;
}

TEST(TarProperty, TheOrderOfLayersDoesNotShow) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    std::mt19937 random(seed);
    std::vector<File> files = random_files(random);
    const std::string bytes = tar_of(layers_of(files));
    ASSERT_EQ(tar_of(layers_of(files)), bytes) << "seed " << seed;
    // Folders belong to what needs them first: only the order of files within one folder is free.
    const auto same_folder = [&](const File& file) { return file.path.substr(0, 2) == files.front().path.substr(0, 2); };
    if (!files.empty()) std::reverse(files.begin() + 1, std::find_if_not(files.begin(), files.end(), same_folder));
    ASSERT_EQ(tar_of(layers_of(files)), bytes) << "seed " << seed;
  }
}

TEST(TarProperty, WhatGoesInComesOut) {
  for (unsigned seed = 0; seed < kCases; ++seed) {
    std::mt19937 random(seed);
    const std::vector<File> files = random_files(random);
    const std::vector<File> found = files_of(tar_of(layers_of(files)));
    ASSERT_TRUE(std::equal(files.begin(), files.end(), found.begin(), found.end(), same)) << "seed " << seed;
  }
}

TEST(TarProperty, DigestsDifferWhereTheBytesDo) {
  std::map<std::string, std::string> tars;
  for (unsigned seed = 0; seed < kCases; ++seed) {
    std::mt19937 random(seed);
    const std::vector<Layer> layers = layers_of(random_files(random));
    const auto [known, added] = tars.emplace(digest(layers), tar_of(layers));
    ASSERT_EQ(known->second, tar_of(layers)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace archive
