package attack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// A file that a command reads has no end, or changes under it (threats 13 and 14).
func TestFilesWithoutEnd(t *testing.T) {
	const tries = "puts a FIFO, a device or an endless file where a command reads"
	const holds = "the command ends with an error and little memory"
	ends := func(a *attack, o outcome) {
		if o.endless || o.status == 0 || o.peak > 1500 {
			a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
		}
	}
	for _, c := range []struct{ name, at, command string }{
		{"configuration in the folder", ".spectap.yaml", "flows ls"}, {"configuration above", "../.spectap.yaml", "flows ls"},
		{"corrections beside the store", "spectap.overrides.yaml", "export"},
	} {
		for kind, make := range map[string]func(a *attack, path string){
			"FIFO":   mkfifo,
			"device": func(a *attack, path string) { link(a, "/dev/zero", path) },
			"large": func(a *attack, path string) {
				must.Do(a, os.WriteFile(path, nil, 0o600))
				must.Do(a, os.Truncate(path, 8<<30))
			},
		} {
			try(t, c.name+"/"+kind, tries, holds, func(a *attack) {
				top := a.dir
				a.dir = filepath.Join(top, "below")
				db := a.capture(exchange{url: "https://api.example/a"})
				make(a, filepath.Join(a.dir, c.at))
				ends(a, a.spectap(append(strings.Fields(c.command), "--db", db)...))
			})
		}
	}
	for _, args := range []string{
		"validate X", "lint X", "diff X X", "doc X", "filter X --tag a", "check X", "verify X", "serve X", "export --into X", "export --overrides X",
		"flows ls --config X", "policy check X", "gateway --policy X -- true",
	} {
		try(t, args, tries, holds, func(a *attack) {
			db := a.capture(exchange{url: "https://api.example/a"})
			ends(a, a.spectap(append(strings.Fields(strings.ReplaceAll(args, "X", "/dev/zero")), "--db", db)...))
		})
	}
}

func link(a *attack, to, path string) {
	a.Helper()
	must.Do(a, os.Symlink(to, path))
}

// A store's folder that somebody prepared is data (threat 14).
func TestPreparedFolders(t *testing.T) {
	try(t, "copies that are links", "puts links where interrupted copies of the store would be", "only the links are removed", func(a *attack) {
		db, secret := a.capture(exchange{url: "https://api.example/a"}), a.file("secret.txt", "kept")
		link(a, secret, filepath.Join(a.dir, ".flows.db.1.compact"))
		link(a, a.dir, filepath.Join(a.dir, ".flows.db.2.snapshot"))
		a.must("flows", "rm", "--db", db, "path:/none")
		if a.read(secret) != "kept" {
			a.breach("a file behind a link was changed")
		}
	})
}
