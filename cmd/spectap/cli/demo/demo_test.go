package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/internal/test/must"
)

// TestDemoLeavesItsFolder checks that the folder of a failed demo stays, unless the demo was
// interrupted.
func TestDemoLeavesItsFolder(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name   string
		ctx    context.Context
		failed error
		stays  bool
	}{
		{"worked", t.Context(), nil, true},
		{"failed", t.Context(), errors.New("it fails"), true},
		{"interrupted", ended, ended.Err(), false},
		{"interrupted after all", ended, nil, true},
	} {
		var s run
		must.Do(t, s.makeDir(""))
		defer os.RemoveAll(s.dir)
		if err := s.leave(tt.ctx, tt.failed); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		_, err := os.Stat(s.dir)
		_, locked := os.Stat(filepath.Join(s.dir, safefile.TempLockFile))
		if stays := err == nil; stays != tt.stays || locked == nil {
			t.Errorf("%s: the folder stays: %t, as one to remove: %t", tt.name, stays, locked == nil)
		}
	}
	own := run{dir: t.TempDir()}
	must.Do(t, own.leave(ended, ended.Err()))
	if _, err := os.Stat(own.dir); err != nil {
		t.Errorf("the folder of a person: %v", err)
	}
}
