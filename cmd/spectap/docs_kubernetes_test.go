package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// manifest is the part of a Pod that the manifest uses, from the API of Kubernetes. Unknown fields
// are errors, so that a misspelt one does not go unnoticed.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		SecurityContext struct {
			RunAsNonRoot bool  `yaml:"runAsNonRoot"`
			RunAsUser    int64 `yaml:"runAsUser"`
			FSGroup      int64 `yaml:"fsGroup"`
		} `yaml:"securityContext"`
		InitContainers                []container `yaml:"initContainers"`
		Containers                    []container
		TerminationGracePeriodSeconds int64 `yaml:"terminationGracePeriodSeconds"`
		Volumes                       []struct {
			Name     string
			EmptyDir *struct {
				Medium    string
				SizeLimit string `yaml:"sizeLimit"`
			} `yaml:"emptyDir"`
			Secret *struct {
				SecretName  string `yaml:"secretName"`
				DefaultMode int    `yaml:"defaultMode"`
			}
		}
	}
}

type container struct {
	Name, Image   string
	RestartPolicy string `yaml:"restartPolicy"`
	Args          []string
	Env           []struct{ Name, Value string }
	StartupProbe  struct {
		Exec struct{ Command []string }
	} `yaml:"startupProbe"`
	Resources       struct{ Requests, Limits map[string]string }
	SecurityContext struct {
		AllowPrivilegeEscalation bool `yaml:"allowPrivilegeEscalation"`
		ReadOnlyRootFilesystem   bool `yaml:"readOnlyRootFilesystem"`
		Capabilities             struct{ Drop []string }
	} `yaml:"securityContext"`
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
}

// TestKubernetesManifest reads the manifest strictly, and checks that its volumes fit together and
// that the proxy knows its flags.
func TestKubernetesManifest(t *testing.T) {
	text := readFile(t, filepath.Join("..", "..", "docs", "kubernetes", "sidecar.yaml"))
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	var m manifest
	noError(t, dec.Decode(&m))
	if m.APIVersion != "v1" || m.Kind != "Pod" || len(m.Spec.InitContainers) != 1 || m.Spec.InitContainers[0].RestartPolicy != "Always" {
		t.Fatalf("not a pod with a sidecar: %+v", m)
	}
	volumes := map[string]bool{}
	for _, v := range m.Spec.Volumes {
		volumes[v.Name] = true
	}
	for _, c := range append(m.Spec.InitContainers, m.Spec.Containers...) {
		for _, mount := range c.VolumeMounts {
			if !volumes[mount.Name] {
				t.Errorf("container %s mounts %s, which is no volume", c.Name, mount.Name)
			}
		}
	}
	root := newRootCmd(new(cli.Program))
	args := m.Spec.InitContainers[0].Args
	cmd, rest, err := root.Find(args)
	if err != nil || cmd.Name() != "proxy" {
		t.Fatalf("%v: %v", args, err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: %v", strings.Join(args, " "), err)
	}
	probe := m.Spec.InitContainers[0].StartupProbe.Exec.Command
	if cmd, rest, err = root.Find(probe[1:]); err != nil || cmd.CommandPath() != "spectap ca path" {
		t.Errorf("%v: %v", probe, err)
	} else if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%v: %v", probe, err)
	}
}
