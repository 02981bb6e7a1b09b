//go:build unix

package safefile

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func link(t *testing.T, target, path string) {
	t.Helper()
	must.Do(t, os.Symlink(target, path))
}

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	must.Do(t, syscall.Mkfifo(path, 0o600))
	return path
}

func TestSymlink(t *testing.T) {
	tests := []struct {
		name, target string
		exists       bool
	}{
		{"relative", "target/api.yaml", true},
		{"of a new file", "target/new.yaml", false},
		{"chain", "second", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			must.Do(t, os.Mkdir(filepath.Join(dir, "target"), 0o700))
			file := filepath.Join(dir, tt.target)
			if tt.target == "second" {
				link(t, filepath.Join(dir, "target", "api.yaml"), file)
			}
			if tt.exists {
				write(t, filepath.Join(dir, "target", "api.yaml"), "old")
			}
			path := filepath.Join(dir, "link")
			link(t, tt.target, path)
			write(t, path, "new")
			want(t, file, "new")
			if got, err := os.Readlink(path); err != nil || got != tt.target {
				t.Errorf("the link leads to %q, %v; want %q", got, err, tt.target)
			}
		})
	}
}

func TestModeIsKept(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o640, 0o644, 0o755, 0o666} {
		path := filepath.Join(t.TempDir(), "api.yaml")
		write(t, path, "old")
		must.Do(t, os.Chmod(path, mode))
		write(t, path, "new")
		info, err := os.Stat(path)
		if err != nil || info.Mode() != mode {
			t.Errorf("mode %v, %v; want %v", info.Mode(), err, mode)
		}
	}
}

func TestOwnerIsKept(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	for _, owner := range [][2]int{{12345, 23456}, {12345, os.Getegid()}, {os.Geteuid(), 23456}} {
		path := filepath.Join(t.TempDir(), "api.yaml")
		write(t, path, "old")
		must.Do(t, os.Chown(path, owner[0], owner[1]))
		write(t, path, "new")
		info := must.Get(os.Stat(path))
		if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != owner[0] || int(st.Gid) != owner[1] {
			t.Errorf("owner %d:%d, want %v", st.Uid, st.Gid, owner)
		}
	}
}

// TestModeWhileWritten checks that a new file, and one that replaces another, have their modes before
// anything is written.
func TestModeWhileWritten(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "api.yaml")
	for _, old := range []string{"none", "old"} {
		err := WriteStream(context.Background(), path, 0o640, func(w io.Writer) error {
			info, err := w.(*os.File).Stat()
			if err == nil && info.Mode() != 0o640 {
				t.Errorf("%s: mode %v", old, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestHardLinkIsKept(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "api.yaml"), filepath.Join(dir, "other.yaml")
	write(t, path, "old, a long text")
	must.Do(t, os.Link(path, other))
	must.Do(t, Check(path))
	want(t, path, "old, a long text")
	write(t, path, "new")
	want(t, other, "new")
}

// TestDescriptor writes to a link like /dev/stdout, whose file is open elsewhere.
func TestDescriptor(t *testing.T) {
	f := must.Get(os.Create(filepath.Join(t.TempDir(), "redirected")))
	defer f.Close()
	before := must.Get(f.Stat())
	path := filepath.Join(t.TempDir(), "stdout")
	link(t, "/proc/self/fd/"+strconv.Itoa(int(f.Fd())), path)
	if _, err := os.Stat(path); err != nil {
		t.Skip("this system has no /proc/self/fd")
	}
	write(t, path, "new")
	after, err := os.Stat(f.Name())
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the open file was replaced (%v)", err)
	}
	want(t, f.Name(), "new")
}

// TestReplace replaces a file with several links, and nothing that is not a file.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "file"), filepath.Join(dir, "other")
	write(t, path, "old")
	must.Do(t, os.Link(path, other))
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	must.Do(t, Replace(path, text("new"), nil))
	want(t, path, "new")
	want(t, other, "old")
	failed := errors.New("half")
	err := Replace(path, func(w io.Writer) error { _, _ = io.WriteString(w, "ha"); return failed }, nil)
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if err := Replace(path, text("newer"), func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	want(t, path, "new")
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 2 {
		t.Errorf("files %v", names)
	}
	f := must.Get(os.OpenFile(path, os.O_RDWR, 0))
	defer f.Close()
	descriptor := "/dev/fd/" + strconv.Itoa(int(f.Fd()))
	for _, refused := range []string{dir, fifo(t), descriptor} {
		if err := Replace(refused, text("new"), nil); err == nil {
			t.Errorf("%s was replaced", refused)
		}
	}
}

// TestForeignLink checks that a link of another user in a folder such as /tmp is not followed, and
// one in a folder of one's own is.
func TestForeignLink(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give links away")
	}
	const somebody = 65534
	for _, tt := range []struct {
		name    string
		mode    os.FileMode
		uid     int // of the link
		folder  int // the user who has the folder
		refused bool
	}{
		{"of another user in a shared folder", 0o777 | os.ModeSticky, somebody, 0, true},
		{"an own one there", 0o777 | os.ModeSticky, 0, 0, false},
		{"an own one in a folder of another user", 0o777 | os.ModeSticky, 0, somebody, false},
		{"of the user who has the folder", 0o777 | os.ModeSticky, somebody, somebody, false},
		{"of another user in a folder for few", 0o775 | os.ModeSticky, somebody, 0, false},
		{"of another user without the sticky bit", 0o777, somebody, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			file, path := filepath.Join(dir, "precious"), filepath.Join(dir, "shared", "api.yaml")
			must.Do(t, os.WriteFile(file, []byte("precious"), 0o600))
			must.Do(t, os.Mkdir(filepath.Dir(path), 0o700))
			link(t, file, path)
			must.Do(t, os.Lchown(path, tt.uid, -1))
			must.Do(t, os.Chown(filepath.Dir(path), tt.folder, -1))
			must.Do(t, os.Chmod(filepath.Dir(path), tt.mode))
			err := Write(context.Background(), path, 0o644, []byte("new"))
			if errors.Is(err, ErrForeignLink) != tt.refused || !tt.refused && err != nil {
				t.Errorf("error %v", err)
			}
			if text, _ := os.ReadFile(file); (string(text) == "precious") != tt.refused {
				t.Errorf("the file has %q", text)
			}
		})
	}
}
