//go:build !windows

package safefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/spectap/spectap/internal/test/must"
)

func TestModes(t *testing.T) {
	for _, tt := range []struct {
		name                                        string
		mode                                        fs.FileMode
		writableByAll, writableByOthers, accessible bool
	}{
		{"private", 0o600, false, false, false},
		{"private folder", fs.ModeDir | 0o700, false, false, false},
		{"no access", 0, false, false, false},
		{"readable by the group", 0o640, false, false, true},
		{"executable by all", 0o601, false, false, true},
		{"readable by all", 0o644, false, false, true},
		{"writable by the group", 0o620, false, true, true},
		{"writable by all", 0o602, true, true, true},
		{"sticky", fs.ModeDir | fs.ModeSticky | 0o777, true, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			info := fakeInfo{mode: tt.mode}
			if got := IsWritableByAll(info); got != tt.writableByAll {
				t.Errorf("IsWritableByAll is %v", got)
			}
			if got := IsWritableByOthers(info); got != tt.writableByOthers {
				t.Errorf("IsWritableByOthers is %v", got)
			}
			if got := IsAccessibleToOthers(info); got != tt.accessible {
				t.Errorf("IsAccessibleToOthers is %v", got)
			}
		})
	}
}

func TestOwner(t *testing.T) {
	me := os.Getuid()
	other := me + 1
	folder := func(uid int, mode fs.FileMode) fs.FileInfo {
		return fakeInfo{mode: fs.ModeDir | mode, sys: &syscall.Stat_t{Uid: uint32(uid)}}
	}
	for _, tt := range []struct {
		name               string
		info               fs.FileInfo
		owned, replaceable bool
	}{
		{"own", folder(me, 0o755), true, false},
		{"own, writable by the group", folder(me, 0o775), true, true},
		{"own, writable by all", folder(me, 0o777), true, true},
		{"own, sticky", folder(me, fs.ModeSticky|0o777), true, false},
		{"of root", folder(0, 0o755), me == 0, false},
		{"of root, sticky", folder(0, fs.ModeSticky|0o777), me == 0, false},
		{"of root, writable by all", folder(0, 0o777), me == 0, true},
		{"of another user", folder(other, 0o700), false, true},
		{"of another user, sticky", folder(other, fs.ModeSticky|0o777), false, true},
		{"of an unknown user", fakeInfo{mode: fs.ModeDir | 0o700}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := IsOwnedByUser(tt.info); got != tt.owned {
				t.Errorf("IsOwnedByUser is %v", got)
			}
			if got := IsReplaceable(tt.info); got != tt.replaceable {
				t.Errorf("IsReplaceable is %v", got)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "file")
	must.Do(t, os.WriteFile(path, nil, 0o600))
	info := must.Get(os.Stat(path))
	if !IsOwnedByUser(info) {
		t.Error("a new file is not the user's")
	}
	inMemory := must.Get(fs.Stat(fstest.MapFS{"a": {}}, "a"))
	if IsOwnedByUser(inMemory) {
		t.Error("a file without an owner is the user's")
	}
}

// fakeInfo is a file with any owner: only root could create one.
type fakeInfo struct {
	fs.FileInfo
	mode fs.FileMode
	sys  any
}

func (i fakeInfo) Mode() fs.FileMode { return i.mode }
func (i fakeInfo) Sys() any          { return i.sys }
