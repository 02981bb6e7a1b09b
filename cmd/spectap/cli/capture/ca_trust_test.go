package capture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/certs/truststore"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/internal/test/must"
)

// TestSudoIsAnnounced checks that a prompt of sudo is announced only where one may come: for the
// store of the system, of a user who is not root and has sudo.
func TestSudoIsAnnounced(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for _, tt := range []struct {
		name  string
		sudo  bool
		kinds []truststore.Kind
		want  bool // unless the user is root
	}{
		{"without sudo", false, []truststore.Kind{truststore.System}, false},
		{"the store of a browser", true, []truststore.Kind{truststore.NSS}, false},
		{"the store of the system", true, []truststore.Kind{truststore.NSS, truststore.System}, true},
	} {
		if tt.sudo {
			must.Do(t, os.WriteFile(filepath.Join(dir, "sudo"), []byte("#!/bin/sh\n"), 0o700))
		}
		var errs strings.Builder
		announceSudo(cli.New(nil, nil, &errs), tt.kinds)
		if got := strings.Contains(errs.String(), "may ask for your password"); got != (tt.want && os.Geteuid() > 0) {
			t.Errorf("%s, as user %d: %q", tt.name, os.Geteuid(), errs.String())
		}
	}
}
