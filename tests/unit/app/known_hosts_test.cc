#include "envtool/app/known_hosts.h"

#include <gmock/gmock.h>

#include "envtool/ssh/hosts.h"
#include "envtool/sys/file.h"
#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace app {
namespace {

using testing::HasSubstr;

class RecordHostKey : public testing::Test {
 protected:
  std::string text() const { return sys::read_file(file_); }

  const test::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_ / "ssh_known_hosts";
  const model::Endpoint host_{"login.site", 22};
  const ssh::PublicKey key_ = ssh::generate_ed25519("").public_key;
  const ssh::PublicKey other_ = ssh::generate_ed25519("").public_key;
};

TEST_F(RecordHostKey, MakesTheFile) {
  EXPECT_EQ(record_host_key(file_, host_, key_), Recorded::added);
  EXPECT_EQ(text(), "login.site " + key_.line());
}

TEST_F(RecordHostKey, NamesAnUnusualPort) {
  record_host_key(file_, {"login.site", 2222}, key_);
  EXPECT_EQ(text(), "[login.site]:2222 " + key_.line());
}

TEST_F(RecordHostKey, KeepsWhatIsThere) {
  folder_.write("ssh_known_hosts", "# ours\nother.site " + std::string(other_.line().substr(0, other_.line().size() - 1)));
  record_host_key(file_, host_, key_);
  EXPECT_EQ(text(), "# ours\nother.site " + other_.line() + "login.site " + key_.line());
}

TEST_F(RecordHostKey, AddsNothingTwice) {
  record_host_key(file_, host_, key_);
  EXPECT_EQ(record_host_key(file_, host_, key_), Recorded::already_there);
  EXPECT_EQ(text(), "login.site " + key_.line());
}

TEST_F(RecordHostKey, RefusesAnotherKeyOfTheSameType) {
  record_host_key(file_, host_, other_);
  const std::string error = test::error_of([&] { record_host_key(file_, host_, key_); });
  EXPECT_THAT(error, HasSubstr("line 1 of `" + file_.string() + "` states another key for `login.site`"));
  EXPECT_THAT(error, HasSubstr(other_.fingerprint()));
  EXPECT_THAT(error, HasSubstr(key_.fingerprint()));
  EXPECT_EQ(text(), "login.site " + other_.line());
}

TEST_F(RecordHostKey, RefusesARevokedKey) {
  folder_.write("ssh_known_hosts", "@revoked * " + key_.line());
  EXPECT_THAT(test::error_of([&] { record_host_key(file_, host_, key_); }), HasSubstr("states a revoked key for `login.site`"));
}

}  // namespace
}  // namespace app
