package main

import (
	"path/filepath"
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/cmd/spectap/cli"
)

// TestKubernetesManifest checks that the program has the commands and flags of the manifest. "make
// consumers" reads it with the types of Kubernetes.
func TestKubernetesManifest(t *testing.T) {
	var m struct {
		Spec struct {
			InitContainers []struct {
				Args         []string
				StartupProbe struct{ Exec struct{ Command []string } } `yaml:"startupProbe"`
			} `yaml:"initContainers"`
		}
	}
	noError(t, yaml.Unmarshal(readFile(t, filepath.Join("..", "..", "docs", "kubernetes", "sidecar.yaml")), &m))
	sidecar := m.Spec.InitContainers[0]
	root := newRootCmd(new(cli.Program))
	for path, args := range map[string][]string{"spectap proxy": sidecar.Args, "spectap ca path": sidecar.StartupProbe.Exec.Command[1:]} {
		cmd, rest, err := root.Find(args)
		if err != nil || cmd.CommandPath() != path {
			t.Fatalf("%v: %v", args, err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", strings.Join(args, " "), err)
		}
	}
}
