#include "envtool/app/systemd.h"

#include <gmock/gmock.h>

#include "tests/support/environments.h"

namespace app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Unit unit_for(const char* target, const std::string& folder = "/srv/hub", const std::string& network = "", Manager manager = Manager::user) {
  test::Environment environment("dev_dummyauth");
  environment.env.network = network;
  return make_unit(environment.env, DeployDirectory(folder), manifest::parse_target(target), manager, "/usr/bin/podman");
}

TEST(Systemd, AnOldPodmanGetsAServiceThatPlaysTheManifest) {
  const Unit unit = unit_for("podman@4.3.1");
  EXPECT_EQ(unit.file, "jupyterhub-slurm-dev_dummyauth.service");
  EXPECT_EQ(unit.text,
            "# Made by `envtool systemd dev_dummyauth`. It plays what `envtool up dev_dummyauth` has written.\n"
            "[Unit]\n"
            "Description=JupyterHub and Slurm in one pod, with mocked sign-in\n"
            "\n"
            "[Service]\n"
            "Type=oneshot\n"
            "RemainAfterExit=yes\n"
            "TimeoutStartSec=300\n"
            "ExecStartPre=-/usr/bin/podman pod rm --force jupyterhub-slurm-dev_dummyauth\n"
            "ExecStartPre=-/usr/bin/podman secret rm jupyterhub-slurm-ssh-client-key-dev_dummyauth jupyterhub-slurm-ssh-host-key-dev_dummyauth "
            "jupyterhub-slurm-munge-key-dev_dummyauth\n"
            "ExecStart=/usr/bin/podman kube play --quiet --build=false --configmap /srv/hub/deploy-configmap.yaml /srv/hub/combined.yaml\n"
            "ExecStop=-/usr/bin/podman pod stop --time 15 jupyterhub-slurm-dev_dummyauth\n"
            "ExecStopPost=-/usr/bin/podman kube down /srv/hub/combined.yaml\n"
            "\n"
            "[Install]\n"
            "WantedBy=default.target\n");
}

TEST(Systemd, ANewerOneGetsAQuadlet) {
  const Unit unit = unit_for("podman@4.4", "/srv/hub", "cluster");
  EXPECT_EQ(unit.file, "jupyterhub-slurm-dev_dummyauth.kube");
  EXPECT_THAT(unit.text, HasSubstr("\n[Kube]\nYaml=/srv/hub/combined.yaml\nConfigMap=/srv/hub/deploy-configmap.yaml\nNetwork=cluster\n"));
  EXPECT_THAT(unit.text, HasSubstr("\nExecStartPre=-/usr/bin/podman secret rm "));
  EXPECT_EQ(unit.service, "jupyterhub-slurm-dev_dummyauth.service");
}

TEST(Systemd, NamesAreQuotedAsSystemdReadsThem) {
  EXPECT_THAT(unit_for("podman@4.3", "/srv/a b/50%/$HOME").text,
              HasSubstr("--configmap \"/srv/a b/50%%/$$HOME/deploy-configmap.yaml\" \"/srv/a b/50%%/$$HOME/combined.yaml\"\n"));
  EXPECT_THAT(unit_for("podman@5.4", "/srv/50%").text, HasSubstr("\nYaml=/srv/50%%/combined.yaml\n"));
  EXPECT_THAT(unit_for("podman@4.3", "/srv", "cluster").text, HasSubstr(" --network cluster /srv/combined.yaml\n"));
}

TEST(Systemd, RootsUnitsAreTheMachines) {
  const Unit unit = unit_for("podman@4.3", "/srv/hub", "", Manager::machine);
  EXPECT_THAT(unit.text, testing::AllOf(HasSubstr("After=network-online.target\n"), HasSubstr("WantedBy=multi-user.target\n")));
  EXPECT_EQ(unit_folder(unit, Manager::machine, "/root/.config"), "/etc/systemd/system");
  EXPECT_EQ(unit_folder(unit, Manager::user, "/home/hub/.config"), "/home/hub/.config/systemd/user");
  EXPECT_THAT(how_to_start(unit, Manager::machine, "root"),
              ElementsAre("systemctl daemon-reload", "systemctl enable --now jupyterhub-slurm-dev_dummyauth.service"));
}

TEST(Systemd, UsersUnitsNeedLingering) {
  const Unit unit = unit_for("podman@5.4");
  EXPECT_EQ(unit_folder(unit, Manager::user, "/home/hub/.config"), "/home/hub/.config/containers/systemd");
  EXPECT_THAT(how_to_start(unit, Manager::user, "hub"),
              ElementsAre("systemctl --user daemon-reload", "systemctl --user start jupyterhub-slurm-dev_dummyauth.service",
                          "loginctl enable-linger hub"));
}

}  // namespace
}  // namespace app
