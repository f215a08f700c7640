// Makes a git repository out of a plain directory tree. Knows not what the tree is for.
#pragma once

#include <filesystem>
#include <string>

namespace git {

struct CreateRequest {
  std::filesystem::path tree;
  std::filesystem::path destination;
  std::string tag;  ///< for instance `v1.0`; empty for none
  std::string message = "Import";
};

/// Copies the tree, without a `.git` that it may have, and commits all of it that its .gitignore files do not exclude, on
/// branch `main`, under an annotated tag. Author and time are fixed and the user's git configuration plays no part, so that
/// equal trees give equal commits. Appears at the destination whole or not at all. Returns the commit, 40 hexadecimal digits.
/// Throws base::Error if the destination exists or anything cannot be read.
std::string create_from_tree(const CreateRequest& request);

}  // namespace git
