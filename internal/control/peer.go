package control

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"github.com/spectap/spectap/internal/safefile"
)

// checkSocket returns ErrForeign unless the file at path is a socket that belongs to this user and
// that no other user can connect to. The error is fs.ErrNotExist if there is no file.
func checkSocket(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	const try = "remove it, or keep the store in a folder that only you can write to"
	switch {
	case info.Mode().Type() != fs.ModeSocket && !anySocketType:
		return fmt.Errorf("%w: %s is not a socket: %s", ErrForeign, path, try)
	case !safefile.IsOwnedByUser(info):
		return fmt.Errorf("%w: %s belongs to another user: %s", ErrForeign, path, try)
	case safefile.IsWritableByOthers(info):
		return fmt.Errorf("%w: %s has mode %04o, and must have 0600: %s", ErrForeign, path, info.Mode().Perm(), try)
	}
	return nil
}

// checkPeer returns ErrForeign if the process at the other end of the connection belongs to another
// user. Unlike the owner of the file, the kernel's answer cannot change between check and use.
func checkPeer(conn net.Conn) error {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	var uid int
	var known bool
	var perr error
	if err := raw.Control(func(fd uintptr) { uid, known, perr = peerUser(int(fd)) }); err != nil {
		return err
	}
	if perr != nil {
		return fmt.Errorf("find the user of the other process: %w", perr)
	}
	if known && uid != os.Getuid() {
		return fmt.Errorf("%w: the other process belongs to user %d, not %d", ErrForeign, uid, os.Getuid())
	}
	return nil
}
