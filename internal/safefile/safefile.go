// Package safefile handles files that other processes and users may touch. It writes files that a
// person names, such as that of -o (safefile.go), locks files (lock.go), checks who may change one
// (perm.go), keeps values in JSON files that several processes change (shared.go), and makes
// temporary folders that do not outlive their process for long (tempdir.go). Read safefile.go
// first.
//
// A regular file is replaced in one step: the content goes to a temporary file beside it, which is
// synced and renamed. Readers see the old content or the new one, and a crash leaves one of them:
// the new one, where the folder can be synced, if the function has returned. The file keeps its
// mode and owner. Symbolic links are followed, but not those of other users in folders such as
// /tmp.
//
// Everything else is written in place, because a rename would replace it by a regular file:
// devices, FIFOs, files with several hard links, files of another owner, and what /dev/stdout or
// /dev/fd/N stand for. A file that is written in place is incomplete if writing ends early.
package safefile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks bounds the symbolic links that a path may have at its end, as Linux does.
const maxLinks = 40

// ErrFolder is the error for a path that is a folder.
var ErrFolder = errors.New("is a folder")

// ErrForeignLink is the error for a symbolic link of another user in a folder where everyone may
// make one, such as /tmp. It may lead to a file that only the caller can write. Linux refuses such
// links itself where a program opens them (fs.protected_symlinks), but links are read here.
var ErrForeignLink = errors.New("is a symbolic link of another user in a folder that everyone may write to")

// Write replaces the content of a file by data. A new file gets the given mode, less the umask.
func Write(ctx context.Context, path string, mode fs.FileMode, data []byte) error {
	return WriteStream(ctx, path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteStream replaces the content of a file by the output of write. If write returns an error, a
// regular file keeps its old content. A new file gets the given mode, less the umask. Opening a
// FIFO waits for a reader until the context ends.
func WriteStream(ctx context.Context, path string, mode fs.FileMode, write func(io.Writer) error) error {
	t, err := find(path)
	if err != nil {
		return err
	}
	if t.inPlace {
		return writeInPlace(ctx, t.name, write)
	}
	return replace(t, mode, write, nil)
}

// Replace replaces a file by the output of write, as a program does with a file of its own: also
// one that has several links or another owner, which WriteStream would write in place. A new file
// gets mode 0600. Anything but a regular file is an error. ready is called when the new file is
// complete: Windows renames no file over one that the program has open. After an error of write or
// ready, the file stays as it is.
func Replace(path string, write func(io.Writer) error, ready func() error) error {
	t, err := find(path)
	if err != nil {
		return err
	}
	if info, err := os.Lstat(t.name); err == nil && !info.Mode().IsRegular() { // a link is one of /dev/fd
		return &fs.PathError{Op: "replace", Path: path, Err: errors.New("is not a regular file")}
	}
	return replace(t, 0o600, write, ready)
}

// Check returns the error that writing a file would begin with. It leaves no file behind.
func Check(path string) error {
	t, err := find(path)
	if err != nil {
		return err
	}
	if t.inPlace {
		return nil // opening a FIFO or a device may wait, or have an effect
	}
	f, err := createTemp(t.name, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// target is the file that a path leads to.
type target struct {
	name    string
	info    fs.FileInfo // nil if the file does not exist
	inPlace bool
}

// find follows the symbolic links at the end of a path.
func find(path string) (target, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return target{}, &fs.PathError{Op: "write", Path: path, Err: ErrFolder}
	case err == nil && !info.Mode().IsRegular():
		return target{path, info, true}, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return target{}, err
	case strings.HasSuffix(path, string(filepath.Separator)):
		return target{}, &fs.PathError{Op: "write", Path: path, Err: ErrFolder}
	}
	name := path
	for range maxLinks {
		if isDescriptor(name) { // /dev/stdout, redirected to a file
			return target{path, info, true}, nil
		}
		next, err := os.Readlink(name)
		if err != nil { // the end of the links, or nothing there
			return regular(name, info)
		}
		if isForeignLink(name) {
			return target{}, &fs.PathError{Op: "write", Path: path, Err: ErrForeignLink}
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(name), next)
		}
		name = next
	}
	return target{}, &fs.PathError{Op: "write", Path: path, Err: errors.New("too many symbolic links")}
}

// regular returns the target for a regular file, or a new one if info is nil. A file that may not
// be written is not replaced either.
func regular(name string, info fs.FileInfo) (target, error) {
	if info == nil {
		return target{name: name}, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return target{}, err
	}
	return target{name, info, !canReplace(info)}, f.Close()
}

// isDescriptor reports whether a path names an open file of a process. Such a link has a target
// that need not be a path.
func isDescriptor(path string) bool {
	return strings.HasPrefix(path, "/proc/") || strings.HasPrefix(path, "/dev/fd/")
}

// createTemp creates a file next to the named one.
func createTemp(name string, mode fs.FileMode) (*os.File, error) {
	for i := range 10000 {
		temp := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d.%d", filepath.Base(name), os.Getpid(), i))
		f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode) // os.CreateTemp ignores the umask
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
}

// RemoveLeft removes the temporary files that killed writers of a file left behind. The caller must
// exclude other writers of the file. Files that cannot be removed stay.
func RemoveLeft(path string) {
	t, err := find(path)
	if err != nil || t.inPlace {
		return
	}
	folder, prefix := filepath.Dir(t.name), "."+filepath.Base(t.name)+"."
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		rest, isOurs := strings.CutPrefix(e.Name(), prefix)
		pid, i, _ := strings.Cut(rest, ".")
		if isOurs && isNumber(pid) && isNumber(i) && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// replace writes a temporary file and renames it. An existing file passes on its mode and owner.
func replace(t target, mode fs.FileMode, write func(io.Writer) error, ready func() error) (err error) {
	first := mode
	if t.info != nil {
		first = 0o600 // until it has the mode and owner of the old one
	}
	f, err := createTemp(t.name, first)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			var failed *fs.PathError
			if errors.As(err, &failed) && failed.Path == f.Name() { // a person knows the file that it replaces
				failed.Path = t.name
			}
		}
	}()
	if t.info != nil {
		if err := copyOwner(f, t.info); err != nil {
			return err
		}
		if err := f.Chmod(t.info.Mode()); err != nil {
			return err
		}
	}
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if ready != nil {
		if err := ready(); err != nil {
			return err
		}
	}
	if err := os.Rename(f.Name(), t.name); err != nil {
		return err
	}
	syncFolder(filepath.Dir(t.name))
	return nil
}

// syncFolder makes a rename durable. Who may not read a folder cannot sync it, and neither Windows
// nor every file system has such an operation: the file is complete all the same.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// writeInPlace writes to a file that must stay what it is.
func writeInPlace(ctx context.Context, path string, write func(io.Writer) error) error {
	f, err := open(ctx, path)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { f.Close() }) // ends a write that blocks
	err = write(f)
	if !stop() {
		return ctx.Err()
	}
	return errors.Join(err, f.Close())
}

// open opens a file for writing. A FIFO without a reader makes it wait until the context ends.
func open(ctx context.Context, path string) (*os.File, error) {
	type result struct {
		f   *os.File
		err error
	}
	opened := make(chan result, 1)
	go func() {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
		opened <- result{f, err}
	}()
	select {
	case r := <-opened:
		return r.f, r.err
	case <-ctx.Done():
		return nil, ctx.Err() // the open call stays until there is a reader
	}
}
