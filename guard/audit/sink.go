package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenSink returns a sink by its path: a folder, in which each checkpoint becomes a file, or a file
// to which they are appended. A new file has mode 0600.
func OpenSink(path string) (Sink, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return folderSink(path), nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the file of checkpoints: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	s := &fileSink{file: f}
	if err == nil && info.Size() > 0 {
		last := make([]byte, 1)
		_, err = f.ReadAt(last, info.Size()-1)
		s.torn = last[0] != '\n'
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open the file of checkpoints: %w", err)
	}
	return s, nil
}

// fileSink appends to a file.
type fileSink struct {
	file *os.File
	torn bool // the file ends in a partial line
}

func (s *fileSink) Put(_ uint64, line []byte) error {
	if s.torn {
		line = append([]byte("\n"), line...)
	}
	n, err := s.file.Write(line)
	s.torn = n > 0 && n < len(line) || s.torn && n == 0
	return errors.Join(err, s.file.Sync())
}

func (s *fileSink) Close() error { return s.file.Close() }

// folderSink has a file for each checkpoint. The files are written under their final names, since
// append-only folders allow no renaming.
type folderSink string

// maxTwins bounds the files of one record: partial files of failed attempts, and checkpoints of
// other keys.
const maxTwins = 100

func (s folderSink) Put(seq uint64, line []byte) error {
	name := filepath.Join(string(s), fmt.Sprintf("%0*d", rotatedDigits, seq))
	for twin := range maxTwins {
		path := name + ".json"
		if twin > 0 {
			path = fmt.Sprintf("%s-%d.json", name, twin)
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
		if errors.Is(err, fs.ErrExist) {
			if kept, err := os.ReadFile(path); err == nil && bytes.Equal(kept, line) {
				return nil
			}
			continue
		} else if err != nil {
			return err
		}
		_, err = f.Write(line)
		return errors.Join(err, f.Sync(), f.Close())
	}
	return fmt.Errorf("%s.json and %d other files of the record have something else", name, maxTwins-1)
}

func (folderSink) Close() error { return nil }
