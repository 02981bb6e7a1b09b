// Package check decodes the manifest of docs/scale.md with the types of Kubernetes itself. It is a
// module of its own, so that the program does not depend on them.
package check

import (
	"os"
	"testing"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestManifest decodes the manifest strictly: fields that a pod does not have, fields that are there
// twice, and values of another type are errors.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("../sidecar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var pod core.Pod
	if err := yaml.UnmarshalStrict(text, &pod); err != nil {
		t.Fatal(err)
	}
	sidecars := 0
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == core.ContainerRestartPolicyAlways {
			sidecars++
		}
	}
	if pod.APIVersion != core.SchemeGroupVersion.String() || pod.Kind != "Pod" || sidecars != 1 {
		t.Errorf("%s %s with %d sidecars", pod.APIVersion, pod.Kind, sidecars)
	}
	for _, wrong := range []string{"spec: {initContaners: []}", "spec: {containers: [{name: a, name: b}]}", "spec: {volumes: {}}"} {
		if err := yaml.UnmarshalStrict([]byte(wrong), new(core.Pod)); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}
