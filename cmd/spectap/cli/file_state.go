package cli

import (
	"io/fs"
	"os"
	"time"
)

// WatchInterval is the polling interval for files that are reloaded when they change, such as a
// document or a policy. Tests shorten it.
var WatchInterval = time.Second

// FileState detects changes of a file.
type FileState struct {
	size  int64
	Mtime time.Time
	mode  fs.FileMode
}

// FileStateOf returns the state of a file, or the zero value if the file cannot be read.
func FileStateOf(path string) FileState {
	info, err := os.Stat(path)
	if err != nil {
		return FileState{}
	}
	return FileState{info.Size(), info.ModTime(), info.Mode()}
}
