package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/safefile"
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
		var s Run
		if err := s.makeDir(""); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(s.Dir)
		if err := s.leave(tt.ctx, tt.failed); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		_, err := os.Stat(s.Dir)
		_, locked := os.Stat(filepath.Join(s.Dir, safefile.TempLockFile))
		if stays := err == nil; stays != tt.stays || locked == nil {
			t.Errorf("%s: the folder stays: %t, as one to remove: %t", tt.name, stays, locked == nil)
		}
	}
	own := Run{Dir: t.TempDir()}
	if err := own.leave(ended, ended.Err()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(own.Dir); err != nil {
		t.Errorf("the folder of a person: %v", err)
	}
}
