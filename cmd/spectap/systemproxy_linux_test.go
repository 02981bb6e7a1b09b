package main

import (
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestSystemProxyScript runs the scripts that need the GNOME settings. gsettings may be installed
// without them.
func TestSystemProxyScript(t *testing.T) {
	if out, err := exec.Command("gsettings", "list-keys", "org.gnome.system.proxy").CombinedOutput(); err != nil {
		t.Skipf("no GNOME settings here (gsettings, gsettings-desktop-schemas): %v %s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/gnome",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_DATA_HOME", e.WorkDir+"/data")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
	})
}
