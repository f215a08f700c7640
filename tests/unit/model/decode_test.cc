#include "envtool/model/decode.h"

#include <gmock/gmock.h>

#include "envtool/doc/yaml.h"
#include "tests/support/environments.h"

namespace model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Decode : public testing::Test {
 protected:
  Env decode_text(std::string text, const Variables& variables = {}) {
    return decode(doc::read_yaml(sources_.add("f", std::move(text))), "dev", variables, problems_);
  }
  /// The problems of a definition with a stem, as `line:column message`; the stem is line 1.
  std::vector<std::string> problems_of(const std::string& text) {
    problems_ = {};
    decode_text("stem: s\n" + text);
    return found();
  }
  std::vector<std::string> found() const {
    std::vector<std::string> all;
    for (const base::Diagnostic& problem : problems_.all()) {
      const std::string place = to_string(problem.span);
      all.push_back((place.empty() ? "" : place.substr(2) + " ") + problem.message);
      for (const std::string& hint : problem.hints) all.push_back("hint: " + hint);
    }
    return all;
  }

  base::Sources sources_;
  base::Diagnostics problems_;
};

struct BadCase {
  std::string text;
  std::vector<std::string> problems;
};

TEST_F(Decode, EveryKindOfProblem) {
  const BadCase cases[] = {
      {"titel: x\n", {"2:1 unknown field `titel` in environment `dev`", "hint: did you mean `title`?"}},
      {"title: 3\n", {"2:8 `title` in environment `dev` must be a string, found an integer", "hint: put it in quotes"}},
      {"title: [x]\n", {"2:8 `title` in environment `dev` must be a string, found a list"}},
      {"production: maybe\n", {"2:13 `production` in environment `dev` must be a boolean, found a string"}},
      {"images: [x]\n", {"2:9 `images` in environment `dev` must be a map, found a list"}},
      {"images: {a b: {}}\n", {"2:10 `a b` is no name for an entry of `images`: letters, digits, `_`, `-` and `.` only"}},
      {"images: {x: 3}\n", {"2:13 expected a map for image `x`, found an integer", "2:13 `reference` is missing in image `x`",
                            "2:13 `context` is missing in image `x`"}},
      {"images: {x: {reference: r, context: c, contxt: d}}\n",
       {"2:40 unknown field `contxt` in image `x`", "hint: did you mean `context`?"}},
      {"images: {x: {reference: r, context: ../c}}\n", {"2:37 `../c` in image `x` must be a path below the project"}},
      {"images: {x: {reference: r, context: /c}}\n", {"2:37 `/c` in image `x` must be a path below the project"}},
      {"images: {x: {reference: r, context: c, argfile: ../../etc/passwd}}\n",
       {"2:49 `../../etc/passwd` in image `x` must be a path below the project"}},
      {"images: {x: {reference: r, context: c, repositories: {nope: d}}}\n",
       {"2:10 image `x` names the repository `nope`, which is not defined"}},
      {"images: {x: {reference: r, context: c, base: {argument: A, image: i, standin: y}}}\n",
       {"2:10 image `x` names the image `y`, which is not defined", "hint: did you mean `x`?"}},
      {"images: {x: {reference: r, context: c, base: {argument: A, image: i, standin: x}}}\n", {"2:10 image `x` is built on itself"}},
      {"images:\n  x: {reference: r, context: c, base: {argument: A, image: i, standin: y}}\n"
       "  y: {reference: r, context: c, base: {argument: A, image: i, standin: x}}\n"
       "  z: {reference: r, context: c, base: {argument: A, image: i, standin: y}}\n",
       {"3:3 image `x` is built on itself", "4:3 image `y` is built on itself"}},
      {"images: {x: {reference: r, context: c, base: {argument: A, from: y}}}\n",
       {"2:10 image `x` names the image `y`, which is not defined", "hint: did you mean `x`?"}},
      {"images: {x: {reference: r, context: c, base: {argument: A, from: x, standin: y}}}\n",
       {"2:69 unknown field `standin` in the base of image `x`", "hint: known fields: argument, from", "2:10 image `x` is built on itself"}},
      {"repositories: {r: {url: u, path: p}}\nimages: {x: {reference: r, context: c, repositories: {r: {path: ../d, only: [/e], olny: []}}}}\n",
       {"3:65 `../d` in the repository `r` of image `x` must be a path below the build context",
        "3:77 `/e` in the repository `r` of image `x` must be a path below the clone",
        "3:83 unknown field `olny` in the repository `r` of image `x`", "hint: did you mean `only`?"}},
      {"images: {x: {reference: r, bootstrap: {suite: host, package: [a]}}}\n",
       {"2:53 unknown field `package` in the bootstrap of image `x`", "hint: did you mean `packages`?"}},
      {"repositories: {r: {url: u}}\n", {"2:19 `path` is missing in repository `r`"}},
      {"repositories: {r: {url: u, path: a/../b}}\n", {"2:34 `a/../b` in repository `r` must be a path below the project"}},
      {"volumes: {v: {trees: t}}\n", {"2:22 `trees` in volume `v` must be a list, found a string"}},
      {"volumes: {v: {trees: [1]}}\n", {"2:23 `trees` in volume `v` must hold strings, found an integer"}},
      {"volumes: {v: {modes: {a: rwx}}}\n", {"2:26 the mode of `a` in volume `v` must be octal like 0640"}},
      {"volumes: {v: {modes: {a: 077777}}}\n", {"2:26 the mode of `a` in volume `v` must be octal like 0640"}},
      {"volumes: {v: {owner: {uid: -1}}}\n", {"2:28 `uid` in the owner of volume `v` must be from 0 to 4294967294, found -1"}},
      {"secrets: {s: {key: k}}\n", {"2:11 secret `s` needs one of `ssh_key_pair`, `random` and `file`"}},
      {"secrets: {s: {key: k, file: f, random: {file: g}}}\n",
       {"2:11 secret `s` needs one of `ssh_key_pair`, `random` and `file`"}},
      {"secrets: {s: {file: f}}\n", {"2:14 `key` is missing in secret `s`"}},
      {"secrets: {s: {file: ../f, key: k}}\n", {"2:21 `../f` in secret `s` must be a path below the deploy directory"}},
      {"deploy: {keys: {k: {type: colour}}}\n",
       {"2:27 unknown type `colour` of deploy key `k`",
        "hint: known types: text, log_level, url_path, host, path, http_url, issuer_url, dev_users, password"}},
      {"ports: {p: {container: c, container_port: 70000}}\n",
       {"2:43 `container_port` in port `p` must be from 0 to 65535, found 70000", "2:9 port `p` needs a `container_port` from 1 to 65535"}},
      {"ready: {r: {}}\n", {"2:12 readiness check `r` needs one of `http` and `exec`"}},
      {"ready: {r: {http: {port: publik}}}\nports: {public: {container: c, container_port: 1}}\n",
       {"2:9 readiness check `r` names the port `publik`, which is not defined", "hint: did you mean `public`?"}},
      {"ready: {r: {exec: {container: c, command: [x], expect: (}}}\n",
       {"2:56 `expect` in the command of readiness check `r` must be a regular expression, found `(`"}},
      {"images: {x: {reference: A b, bootstrap: {}}}\n",
       {"2:25 `reference` in image `x` must be the name of an image, found `A b`",
        "hint: write it like `localhost/hub:latest`: lowercase, with an optional tag"}},
      {"manifest: {template: t, patches: [x]}\n",
       {"2:35 a patch must be a map that names the `kind` of the objects it is for",
        "hint: for instance `{ kind: Pod, spec: ... }`; with `metadata: { name: ... }` it is for one object only"}},
      {"manifest: {template: /etc/passwd}\n", {"2:22 `/etc/passwd` in `manifest` must be a path below the project"}},
  };
  for (const BadCase& c : cases) EXPECT_EQ(problems_of(c.text), c.problems) << c.text;
}

TEST_F(Decode, EverythingAtOnce) {
  EXPECT_THAT(problems_of("titel: x\nimages: {x: {}}\nports: {p: {container_port: 1}}\nvolumes: {v: {tree: [a]}}\n"),
              ElementsAre("3:13 `reference` is missing in image `x`", "3:13 `context` is missing in image `x`",
                          "5:15 unknown field `tree` in volume `v`", "hint: did you mean `trees`?",
                          "4:12 `container` is missing in port `p`", "2:1 unknown field `titel` in environment `dev`",
                          "hint: did you mean `title`?"));
}

TEST_F(Decode, AStemIsNeeded) {
  decode_text("title: x\n");
  EXPECT_THAT(found(), ElementsAre("1:1 `stem` is missing in environment `dev`"));
}

TEST_F(Decode, NullEntriesAreGone) {
  EXPECT_THAT(problems_of("images: {x: null}\nvolumes: {v: null}\nsecrets: null\n"), IsEmpty());
  EXPECT_THAT(decode_text("stem: s\nimages: {x: null}\n").images, IsEmpty());
}

TEST_F(Decode, Defaults) {
  const Env env = decode_text("stem: s\nvolumes: {v: {}}\nports: {p: {container: c, container_port: 8000}}\n"
                              "images: {x: {reference: r, context: c}}\n");
  EXPECT_THAT(found(), IsEmpty());
  EXPECT_EQ(env.volumes[0].owner.uid, 0U);
  EXPECT_EQ(env.volumes[0].object, "v_dev");
  EXPECT_EQ(env.ports[0].host_ip, "127.0.0.1");
  EXPECT_EQ(env.ports[0].host_port, 8000);
  EXPECT_EQ(std::get<Build>(env.images[0].source).containerfile, "Containerfile");
  EXPECT_EQ(env.pod, "s-dev");
  EXPECT_FALSE(env.production);
}

TEST_F(Decode, VariablesChangeOwners) {
  const std::string text = "stem: s\nvolumes: {v: {owner: {user: slurm, uid: 64030, group: slurm, gid: 64030, override: SLURM}}}\n";
  const Owner changed = decode_text(text, {{"SLURMUSER", "u"}, {"SLURMUSER_UID", "12"}, {"SLURMGROUP_GID", "13"}}).volumes[0].owner;
  EXPECT_EQ(changed.user, "u");
  EXPECT_EQ(changed.uid, 12U);
  EXPECT_EQ(changed.group, "slurm");
  EXPECT_EQ(changed.gid, 13U);
  const Owner unset = decode_text(text, {{"SLURMUSER", ""}, {"SLURMGROUP", ""}, {"SLURMUSER_UID", ""}}).volumes[0].owner;
  EXPECT_EQ(unset.user, "slurm");
  EXPECT_EQ(unset.uid, 64030U);
  EXPECT_EQ(unset.group, "slurm");
  EXPECT_THAT(found(), IsEmpty());
  for (const char* bad : {"x", "-1", "1.5", " 1", "4294967295", "99999999999"}) {
    problems_ = {};
    decode_text(text, {{"SLURMUSER_UID", bad}});
    EXPECT_THAT(found(), ElementsAre(std::string("the variable `SLURMUSER_UID` must be a numeric id, found `") + bad + "`"));
  }
}

TEST(Environments, HaveNoProblems) {
  for (const std::string& name : test::kEnvironments) EXPECT_NO_THROW(test::Environment{name}) << name;
}

struct ImagesCase {
  std::string env;
  std::vector<std::string> references, targets, repositories, volumes;
};

TEST(Environments, FollowTheMatrix) {
  const std::string hub = "localhost/brics_jupyterhub:dev-latest";
  const std::string slurm = "localhost/brics_slurm:dev-latest";
  const ImagesCase cases[] = {
      {"dev_dummyauth", {hub, slurm}, {"stage-dev", "stage-dev"}, {"bricsauthenticator", "slurmspawner_wrappers"},
       {"jupyterhub_root_dev_dummyauth", "slurm_root_dev_dummyauth", "homes_dev_dummyauth"}},
      {"dev_dummyauth_extslurm", {hub}, {"stage-dev"}, {"bricsauthenticator"}, {"jupyterhub_root_dev_dummyauth_extslurm"}},
      {"dev_realauth", {hub, slurm}, {"stage-dev", "stage-dev"}, {"bricsauthenticator", "slurmspawner_wrappers"},
       {"jupyterhub_root_dev_realauth", "slurm_root_dev_realauth", "homes_dev_realauth"}},
      {"dev_realauth_zenithclient", {hub, slurm}, {"stage-dev", "stage-dev"}, {"bricsauthenticator", "slurmspawner_wrappers"},
       {"jupyterhub_root_dev_realauth_zenithclient", "slurm_root_dev_realauth_zenithclient", "homes_dev_realauth_zenithclient"}},
      {"prod", {"localhost/brics_jupyterhub:latest"}, {"stage-prod"}, {}, {"jupyterhub_root_prod"}},
  };
  for (const ImagesCase& c : cases) {
    const test::Environment environment(c.env);
    std::vector<std::string> references, targets, repositories, volumes;
    for (const Image& image : environment.env.images) {
      if (!image.name.starts_with("brics_")) continue;
      references.push_back(image.reference);
      targets.push_back(std::get<Build>(image.source).target);
    }
    for (const Repository& repository : environment.env.repositories) repositories.push_back(repository.name);
    for (const Volume& volume : environment.env.volumes) volumes.push_back(volume.object);
    EXPECT_EQ(references, c.references) << c.env;
    EXPECT_EQ(targets, c.targets) << c.env;
    EXPECT_EQ(repositories, c.repositories) << c.env;
    EXPECT_EQ(volumes, c.volumes) << c.env;
    EXPECT_EQ(environment.env.production, c.env == "prod");
  }
}

}  // namespace
}  // namespace model
