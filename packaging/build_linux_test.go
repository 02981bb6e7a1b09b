package packaging_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/internal/test/must"
)

// maxProgram bounds the size of a released program, maxWithoutHub that of one without the hub.
const (
	maxProgram    = 60_000_000
	maxWithoutHub = 50_000_000
)

// releaseConfig is what these tests need of .goreleaser.yaml.
type releaseConfig struct {
	Builds []struct {
		Main           string
		Flags, Ldflags []string
		Goos, Goarch   []string
		Goamd64        []string
		Goarm64        []string
	}
}

func config(t *testing.T) *releaseConfig {
	t.Helper()
	data := readFile(t, "../.goreleaser.yaml")
	var c releaseConfig
	must.Do(t, yaml.Unmarshal(data, &c))
	if len(c.Builds) != 1 || len(c.Builds[0].Goos) != 3 || len(c.Builds[0].Goarch) != 2 {
		t.Fatalf("the release has %+v, want one program for three systems on two processors", c.Builds)
	}
	return &c
}

// clone clones the last commit of this repository into a new folder.
func clone(t *testing.T, folder string) string {
	t.Helper()
	need(t, "git")
	dir := filepath.Join(t.TempDir(), folder)
	output(t, exec.Command("git", "clone", "-q", "--shared", "..", dir))
	return dir
}

// goFlags returns a setting of GOFLAGS that has these flags and, of those of this machine, -pgo alone: a build with another
// profile than all other builds would compile every package again.
func goFlags(flags string) string {
	for f := range strings.FieldsSeq(os.Getenv("GOFLAGS")) {
		if strings.HasPrefix(f, "-pgo=") {
			flags += " " + f
		}
	}
	return "GOFLAGS=" + strings.TrimSpace(flags)
}

// build builds the program in a folder as the release does, with further variables.
func build(t *testing.T, dir, goos, goarch string, env ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program as a release does, which takes long")
	}
	b := &config(t).Builds[0]
	file := filepath.Join(t.TempDir(), "spectap")
	args := slices.Concat([]string{"build"}, b.Flags, []string{"-ldflags=" + strings.Join(b.Ldflags, " "), "-o", file, b.Main})
	c := exec.Command("go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), goFlags(""), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch, "GOAMD64="+b.Goamd64[0], "GOARM64="+b.Goarm64[0])
	c.Env = append(c.Env, env...)
	output(t, c)
	return file
}

// built returns the program of the last commit.
var built = struct {
	sync.Once
	dir, file string
}{}

func program(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program as a release does, which takes long")
	}
	built.Do(func() {
		dir := must.Get(os.MkdirTemp("", "spectap-packaging-"))
		built.dir = dir
		file := build(t, clone(t, "a"), "linux", runtime.GOARCH)
		built.file = filepath.Join(dir, "spectap")
		must.Do(t, os.Rename(file, built.file))
	})
	if built.file == "" {
		t.Fatal("the program was not built")
	}
	return built.file
}

func TestMain(m *testing.M) {
	status := m.Run()
	os.RemoveAll(built.dir)
	os.Exit(status)
}

// TestReproducible builds the same commit in folders with other names, and compares the bytes.
func TestReproducible(t *testing.T) {
	first := program(t)
	second := build(t, clone(t, "another folder/with a longer name"), "linux", runtime.GOARCH)
	same(t, first, second)
	info := must.Get(os.Stat(first))
	if info.Size() > maxProgram {
		t.Errorf("the program has %d bytes, want at most %d", info.Size(), maxProgram)
	}
	small := must.Get(os.Stat(build(t, "..", "linux", runtime.GOARCH, goFlags("-tags=nohub"))))
	if small.Size() > maxWithoutHub {
		t.Errorf("without the hub the program has %d bytes, want at most %d", small.Size(), maxWithoutHub)
	}
	t.Logf("%d bytes, %d without the hub", info.Size(), small.Size())
	// The version comes from the commit.
	commit := strings.TrimSpace(output(t, exec.Command("git", "rev-parse", "HEAD")))
	if version := output(t, exec.Command(first, "version")); !strings.Contains(version, commit[:12]) &&
		output(t, exec.Command("git", "tag", "--points-at", "HEAD")) == "" {
		t.Errorf("the version is %q, want the commit %s in it", version, commit[:12])
	}
	// No path of this machine is in it.
	data := readFile(t, first)
	home := must.Get(os.UserHomeDir())
	for _, path := range []string{built.dir, filepath.Join(home, "go"), os.TempDir() + "/Test"} {
		if bytes.Contains(data, []byte(path)) {
			t.Errorf("the program contains %s", path)
		}
	}
}

// same compares files.
func same(t *testing.T, a, b string) {
	t.Helper()
	x := readFile(t, a)
	y := readFile(t, b)
	if !bytes.Equal(x, y) {
		t.Errorf("%s and %s differ", a, b)
	}
}

// output runs a command and returns its standard output.
func output(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", c, err, out, stderr.String())
	}
	return string(out)
}

// need skips a test whose programs are not installed. In CI the test fails instead.
func need(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatalf("%s is missing", name)
			}
			t.Skipf("%s is not installed", name)
		}
	}
}

// TestGeneratedTexts checks that manual pages and scripts for shells do not depend on the Go flags of
// whoever builds them.
func TestGeneratedTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program twice")
	}
	need(t, "git", "bash", "gzip")
	var first string
	for _, flags := range []string{"", "-buildvcs=false"} {
		dir := t.TempDir()
		c := exec.Command("./generate.sh", dir)
		c.Env = append(os.Environ(), goFlags(flags))
		output(t, c)
		c = exec.Command("sh", "-c", "find . -type f -print0 | sort -z | xargs -0 sha256sum")
		c.Dir = dir
		sums := output(t, c)
		if !strings.Contains(sums, "man/spectap-run.1.gz") || !strings.Contains(sums, "completions/spectap.zsh") {
			t.Fatalf("the files are\n%s", sums)
		}
		if first != "" && sums != first {
			t.Errorf("with GOFLAGS=%s the files differ", flags)
		}
		first = sums
	}
}
