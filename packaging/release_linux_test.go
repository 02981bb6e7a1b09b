package packaging_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// artifact is an entry of the list that goreleaser writes.
type artifact struct {
	Name, Path, Goos, Goarch, Type string
}

// dist returns the folder of a release that make release-snapshot built of this commit, and its
// artifacts. Without one it skips the test.
func dist(t *testing.T) (string, []artifact) {
	t.Helper()
	root := os.Getenv("SPECTAP_RELEASE")
	if root == "" {
		t.Skip("no release: make release-snapshot builds one and tests it")
	}
	data := readFile(t, filepath.Join(root, "dist", "artifacts.json"))
	var list []artifact
	must.Do(t, json.Unmarshal(data, &list))
	for i := range list {
		list[i].Path = filepath.Join(root, list[i].Path)
	}
	return filepath.Join(root, "dist"), list
}

// only returns the artifacts of a type.
func only(list []artifact, kind string) []artifact {
	return slices.DeleteFunc(slices.Clone(list), func(a artifact) bool { return a.Type != kind })
}

// TestReleasedPrograms builds all programs again, in another folder and the first one without the
// cache, and compares them with those of the release.
func TestReleasedPrograms(t *testing.T) {
	_, list := dist(t)
	if changes := output(t, exec.Command("git", "status", "--porcelain")); changes != "" {
		t.Fatalf("a release of changed files cannot be compared with the commit:\n%s", changes)
	}
	c := config(t).Builds[0]
	dir := clone(t, "a second folder")
	found := 0
	for _, a := range only(list, "Binary") {
		var env []string
		if a.Goos == "linux" && a.Goarch == runtime.GOARCH {
			env = []string{"GOCACHE=" + t.TempDir()}
		}
		same(t, a.Path, build(t, dir, a.Goos, a.Goarch, env...))
		if info, err := os.Stat(a.Path); err != nil || info.Size() > maxProgram {
			t.Errorf("%s: %v, more than %d bytes", a.Path, err, maxProgram)
		}
		found++
	}
	if want := len(c.Goos) * len(c.Goarch); found != want {
		t.Errorf("the release has %d programs, want %d", found, want)
	}
}

// TestReleaseChecksums checks the sums with a tool that users have, and that a changed file is
// found. It signs the sums as the release does, with a key of its own.
func TestReleaseChecksums(t *testing.T) {
	dir, list := dist(t)
	need(t, "sha256sum", "gpg")
	sums := readFile(t, filepath.Join(dir, "SHA256SUMS"))
	for _, kind := range []string{"Archive", "Linux Package", "SBOM"} {
		of := only(list, kind)
		if len(of) == 0 {
			t.Errorf("the release has no %s", kind)
		}
		for _, a := range of {
			if !strings.Contains(string(sums), "  "+a.Name+"\n") {
				t.Errorf("SHA256SUMS lacks %s", a.Name)
			}
		}
	}
	check := exec.Command("sha256sum", "--check", "--quiet", "--ignore-missing", "SHA256SUMS")
	check.Dir = dir
	output(t, check)

	home := t.TempDir()
	gpg := func(args ...string) *exec.Cmd {
		c := exec.Command("gpg", append([]string{"--batch", "--quiet", "--no-tty"}, args...)...)
		c.Env = append(os.Environ(), "GNUPGHOME="+home)
		return c
	}
	defer func() {
		c := exec.Command("gpgconf", "--kill", "all")
		c.Env = append(os.Environ(), "GNUPGHOME="+home)
		c.Run()
	}()
	output(t, gpg("--passphrase", "", "--quick-gen-key", "release@example.com", "ed25519", "sign", "never"))
	signature := filepath.Join(home, "SHA256SUMS.asc")
	output(t, gpg("--local-user", "release@example.com", "--armor", "--output", signature, "--detach-sign", filepath.Join(dir, "SHA256SUMS")))
	output(t, gpg("--verify", signature, filepath.Join(dir, "SHA256SUMS")))
	changed := filepath.Join(home, "SHA256SUMS")
	must.Do(t, os.WriteFile(changed, append(sums, '\n'), 0o600))
	if err := gpg("--verify", signature, changed).Run(); err == nil {
		t.Error("a changed list of sums passes")
	}
}

// TestReleaseBills compares the bills of materials with the programs.
func TestReleaseBills(t *testing.T) {
	_, list := dist(t)
	bills := ""
	for _, a := range only(list, "SBOM") {
		bill := string(readFile(t, a.Path))
		for _, want := range []string{`"pkg:golang/std@` + runtime.Version(), `"pkg:golang/go.etcd.io/bbolt@v`} {
			if !strings.Contains(bill, want) {
				t.Errorf("%s lacks %s", a.Name, want)
			}
		}
		bills += bill
	}
	for _, a := range only(list, "Binary") {
		if !strings.Contains(bills, sum(t, a.Path)) {
			t.Errorf("no bill of materials for %s", a.Path)
		}
	}
}

// sum returns the SHA-256 of a file in hexadecimal digits.
func sum(t *testing.T, file string) string {
	t.Helper()
	data := readFile(t, file)
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// scoopHash is the form of a SHA-256 hash in schema.json of Scoop.
var scoopHash = regexp.MustCompile("^[a-fA-F0-9]{64}$")

// TestReleaseTaps checks the syntax of the files for Homebrew and Scoop, and compares them with the
// archives that they name.
func TestReleaseTaps(t *testing.T) {
	dir, list := dist(t)
	cask := readFile(t, filepath.Join(dir, "homebrew", "Casks", "spectap.rb"))
	manifest := readFile(t, filepath.Join(dir, "scoop", "spectap.json"))
	if ruby, err := exec.LookPath("ruby"); err != nil {
		t.Log("the syntax of the cask was not checked:", err)
	} else if out, err := exec.Command(ruby, "-wc", filepath.Join(dir, "homebrew", "Casks", "spectap.rb")).CombinedOutput(); err != nil {
		t.Errorf("the cask is no Ruby: %v %s", err, out)
	}
	var scoop struct { // the members that Scoop requires, with those of an architecture
		Version, Homepage, License string

		Architecture map[string]struct {
			URL, Hash string
			Bin       []string
		}
	}
	must.Do(t, json.Unmarshal(manifest, &scoop))
	for _, a := range only(list, "Archive") {
		in := string(cask)
		if a.Goos == "windows" {
			in = string(manifest)
		}
		if !strings.Contains(in, sum(t, a.Path)) {
			t.Errorf("no hash of %s", a.Name)
		}
	}
	for arch, s := range scoop.Architecture {
		if !slices.Contains([]string{"64bit", "arm64"}, arch) || !scoopHash.MatchString(s.Hash) || !strings.HasPrefix(s.URL, "https://") {
			t.Errorf("Scoop does not accept %s: %+v", arch, s)
		}
		if !strings.HasSuffix(s.URL, ".zip") || !slices.Equal(s.Bin, []string{"spectap.exe"}) {
			t.Errorf("%s: %+v", arch, s)
		}
	}
	if scoop.Version == "" || scoop.License == "" || !strings.HasPrefix(scoop.Homepage, "https://") {
		t.Errorf("Scoop requires a version, a home page and a license: %+v", scoop)
	}
	if len(scoop.Architecture) != 2 {
		t.Errorf("the manifest has %v", scoop.Architecture)
	}
}

// installed are files that the packages install.
var installed = []string{
	"usr/bin/spectap", "usr/share/man/man1/spectap.1.gz", "usr/share/man/man1/spectap-run.1.gz",
	"usr/share/bash-completion/completions/spectap", "usr/share/fish/vendor_completions.d/spectap.fish",
	"usr/lib/systemd/user/spectap-proxy.service", "usr/lib/systemd/system/spectap-hub.service", "usr/share/doc/spectap/copyright",
}

// packageOf returns the package of this processor.
func packageOf(t *testing.T, suffix string) string {
	t.Helper()
	_, list := dist(t)
	for _, a := range only(list, "Linux Package") {
		if strings.HasSuffix(a.Name, suffix) && a.Goarch == runtime.GOARCH {
			return a.Path
		}
	}
	t.Fatalf("the release has no package *%s for %s", suffix, runtime.GOARCH)
	return ""
}

// TestPackages installs the packages in a folder, runs the program and removes them. Nothing may be
// left.
func TestPackages(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	for _, tt := range []struct {
		name                   string
		programs               []string
		zsh                    string
		prepare                func(root string) error
		install, list, removal func(root, file string) *exec.Cmd
	}{
		{
			name: ".deb", programs: []string{"dpkg"}, zsh: "usr/share/zsh/vendor-completions/_spectap",
			prepare: func(root string) error {
				admin := filepath.Join(root, "var/lib/dpkg")
				return errors.Join(os.MkdirAll(filepath.Join(admin, "updates"), 0o755), os.MkdirAll(filepath.Join(admin, "info"), 0o755),
					os.WriteFile(filepath.Join(admin, "status"), nil, 0o644))
			},
			install: func(root, file string) *exec.Cmd { return exec.Command("dpkg", "--root="+root, "--install", file) },
			list:    func(root, _ string) *exec.Cmd { return exec.Command("dpkg", "--root="+root, "--list", "spectap") },
			removal: func(root, _ string) *exec.Cmd { return exec.Command("dpkg", "--root="+root, "--purge", "spectap") },
		},
		{
			name: ".rpm", programs: []string{"rpm"}, zsh: "usr/share/zsh/site-functions/_spectap",
			prepare: func(root string) error { return exec.Command("rpm", "--root", root, "--initdb").Run() },
			install: func(root, file string) *exec.Cmd { return exec.Command("rpm", "--root", root, "--install", file) },
			list:    func(root, _ string) *exec.Cmd { return exec.Command("rpm", "--root", root, "--query", "spectap") },
			removal: func(root, _ string) *exec.Cmd { return exec.Command("rpm", "--root", root, "--erase", "spectap") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := packageOf(t, tt.name)
			need(t, tt.programs...)
			root := t.TempDir()
			must.Do(t, tt.prepare(root))
			output(t, tt.install(root, file))
			if out := output(t, tt.list(root, file)); !strings.Contains(out, "spectap") {
				t.Errorf("the list has %q", out)
			}
			for _, name := range append(installed, tt.zsh) {
				if info, err := os.Stat(filepath.Join(root, name)); err != nil || info.Size() == 0 {
					t.Errorf("%s: %v", name, err)
				}
			}
			if out := output(t, exec.Command(filepath.Join(root, "usr/bin/spectap"), "version")); !strings.HasPrefix(out, "spectap ") {
				t.Errorf("the version is %q", out)
			}
			output(t, tt.removal(root, file))
			filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() && strings.Contains(path, "spectap") && !strings.Contains(path, "/var/lib/") {
					t.Errorf("%s is left", path)
				}
				return nil
			})
		})
	}
}

// TestArchives lists the archives.
func TestArchives(t *testing.T) {
	_, list := dist(t)
	need(t, "tar", "python3")
	for _, a := range only(list, "Archive") {
		c := exec.Command("tar", "-tzf", a.Path)
		program := "spectap"
		if a.Goos == "windows" {
			c, program = exec.Command("python3", "-m", "zipfile", "-l", a.Path), "spectap.exe"
		}
		have := map[string]bool{}
		for lines := bufio.NewScanner(strings.NewReader(output(t, c))); lines.Scan(); {
			name, _, _ := strings.Cut(lines.Text(), " ")
			have[name] = true
		}
		for _, want := range []string{program, "LICENSE", "README.md", "man/spectap.1.gz", "completions/spectap.bash", "completions/spectap.ps1"} {
			if !have[want] {
				t.Errorf("%s lacks %s", a.Name, want)
			}
		}
	}
}
