package sysproxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/spectap/spectap/internal/safefile"
)

// saved is the content of the file with the earlier settings. It may hold credentials of another
// proxy.
type saved struct {
	Version  int                      `json:"version"`
	Since    time.Time                `json:"since"`
	Settings Settings                 `json:"settings"`
	Desktops map[string]*savedDesktop `json:"desktops"`
}

type savedDesktop struct {
	Before Values `json:"before"`
	// Written holds all settings written since, oldest first. After a crash, any of them may be
	// active.
	Written []Values `json:"written,omitempty"`
}

const savedVersion = 1

// load reads the file. It returns nil if there is no file.
func load(path string) (*saved, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the saved settings: %w", err)
	}
	var s saved
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("read the saved settings from %s: %w", path, err)
	}
	if s.Version != savedVersion {
		return nil, fmt.Errorf("read the saved settings from %s: version %d, this program knows %d", path, s.Version, savedVersion)
	}
	// Without Written, this program wrote no setting.
	maps.DeleteFunc(s.Desktops, func(_ string, d *savedDesktop) bool { return d == nil || len(d.Written) == 0 })
	if s.Desktops == nil {
		s.Desktops = map[string]*savedDesktop{}
	}
	return &s, nil
}

// replace writes the file atomically, or removes it if no desktop has settings to restore.
func (s *saved) replace(path string) error {
	if len(s.Desktops) == 0 {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return safefile.Write(context.Background(), path, 0o600, append(data, '\n'))
}
