package safefile

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFolderIsSynced checks that the folder is opened after the rename: a file system may otherwise
// forget the new name when the machine loses power, and bring the old content back.
func TestFolderIsSynced(t *testing.T) {
	dir := t.TempDir()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	if err != nil {
		t.Skip(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN|unix.IN_MOVED_TO); err != nil {
		t.Skip(err)
	}
	if err := Write(t.Context(), filepath.Join(dir, "file"), 0o600, []byte("text")); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := unix.Read(fd, b)
	if err != nil {
		t.Fatal(err)
	}
	moved, synced := false, false
	for b = b[:n]; len(b) >= unix.SizeofInotifyEvent; { // descriptor, mask, cookie and the length of the name
		mask, name := binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
		moved = moved || mask&unix.IN_MOVED_TO != 0
		synced = synced || moved && mask&unix.IN_OPEN != 0 && mask&unix.IN_ISDIR != 0
		b = b[unix.SizeofInotifyEvent+int(name):]
	}
	if !moved || !synced {
		t.Errorf("renamed %t, then the folder was opened %t", moved, synced)
	}
}
