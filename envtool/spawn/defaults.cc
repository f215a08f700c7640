#include "envtool/spawn/defaults.h"

namespace spawn {
namespace {

constexpr const char* kServiceAccount = R"(apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ key|tojson }}
)";

// Kubernetes itself knows the memory, also where a LimitRange sets it; it can't give fractions of a core, so that those are
// added when all patches are done (augment.h).
constexpr const char* kPod = R"(apiVersion: v1
kind: Pod
metadata:
  name: {{ key|tojson }}
spec:
  serviceAccountName: {{ key|tojson }}
  containers:
  - name: notebook
    image: {{ spawner.image|tojson }}
    command: {{ spawner.cmd|tojson }}
    args: {{ spawner.get_args()|tojson }}
    resources: {{ resources|tojson }}
    ports:
    - containerPort: {{ spawner.port }}
    env:
    - name: MEM_GUARANTEE
      valueFrom:
        resourceFieldRef:
          containerName: notebook
          resource: requests.memory
    - name: MEM_LIMIT
      valueFrom:
        resourceFieldRef:
          containerName: notebook
          resource: limits.memory
{%- for name, value in spawner.get_env().items() %}
    - name: {{ name|tojson }}
      value: {{ value|tojson }}
{%- endfor %}
)";

constexpr const char* kService = R"(apiVersion: v1
kind: Service
metadata:
  name: {{ key|tojson }}
spec:
  selector:
    mcks.hub.jupyter.org/key: {{ key|tojson }}
  ports:
  - protocol: TCP
    port: {{ spawner.port }}
    targetPort: {{ spawner.port }}
)";

// Contour passes websockets through only where it is told to; other controllers do so anyway.
constexpr const char* kIngress = R"(apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ key|tojson }}
  annotations:
    projectcontour.io/websocket-routes: {{ proxy_spec|tojson }}
    contour.heptio.com/websocket-routes: {{ proxy_spec|tojson }}
spec:
{%- if spawner.ingress_class %}
  ingressClassName: {{ spawner.ingress_class|tojson }}
{%- endif %}
  rules:
  - {% if spawner.ingress_host %}host: {{ spawner.ingress_host|tojson }}
    {% endif %}http:
      paths:
      - path: {{ proxy_spec|tojson }}
        pathType: Prefix
        backend:
          service:
            name: {{ key|tojson }}
            port:
              number: {{ spawner.port }}
)";

}  // namespace

const std::map<std::string, std::string>& default_resources() {
  static const std::map<std::string, std::string> kResources{
      {"01-sa", kServiceAccount}, {"02-pod", kPod}, {"03-service", kService}, {"04-ingress", kIngress}};
  return kResources;
}

}  // namespace spawn
